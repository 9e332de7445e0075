// SPDX-License-Identifier: Apache-2.0
// Names selected by wildcards, with the rules of the shell and of fnmatch(3) without flags.
#pragma once

#include <string_view>

namespace nms {

/// Whether `pattern` matches the whole of `name`. `*` stands for any number of characters, `?` for one, both also for "/"
/// and "."; `[ab]`, `[a-z]` for one character of a set, `[!a]` or `[^a]` for one outside it (a "]" first in a set is a
/// member; ranges are in code point order); `\` makes the next character literal. A "[" that is never closed is literal,
/// and so is a "\" at the end. A character is a code point of UTF-8; an invalid byte counts as one character.
/// Case-sensitive. No recursion and no allocation: with stars the time is at most the product of the two lengths. Any
/// thread.
///
///     matchesGlob("model.layers.*.mlp.*", "model.layers.0.mlp.up_proj.weight") // true
bool matchesGlob(std::string_view pattern, std::string_view name);

/// True where `text` contains a character that is special to matchesGlob().
bool hasWildcards(std::string_view text);

} // namespace nms
