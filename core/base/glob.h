// SPDX-License-Identifier: Apache-2.0
// Names chosen by wildcards, as the shell's and fnmatch(3) without flags.
#pragma once

#include <string_view>

namespace nms {

/// Does `pattern` match the whole of `name`? `*` stands for any number of characters, `?` for one, both for "/" and "."
/// too; `[ab]`, `[a-z]` for one of a set, `[!a]` or `[^a]` for one outside it ("]" first in a set is a member; ranges go by
/// code point); `\` takes the next character as it is. A "[" that is never closed is itself, and so is a "\" at the end.
/// A character is a code point of UTF-8; a byte that is none counts as one. Case counts. No recursion, no memory: stars cost
/// the product of the lengths at most. Any thread.
///
///     matchesGlob("model.layers.*.mlp.*", "model.layers.0.mlp.up_proj.weight") // true
bool matchesGlob(std::string_view pattern, std::string_view name);

/// True where matchesGlob() reads anything in `text` as more than itself.
bool hasWildcards(std::string_view text);

} // namespace nms
