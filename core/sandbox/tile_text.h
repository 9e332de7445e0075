// SPDX-License-Identifier: Apache-2.0
// The .tile file: a tile as plain text that a person can write (README.md, "The .tile file").
#pragma once

#include "core/base/result.h"
#include "core/sandbox/tile_problem.h"

#include <string>
#include <string_view>

namespace nms {

/// Every .tile file begins with this; what follows on the line is the version.
inline constexpr std::string_view tileMagic = "nmscope tile";
/// Longer texts are refused unread: a full tile of 64 × 64 scores and caps needs less than a quarter of this.
inline constexpr std::size_t maxTileTextBytes = 1 << 20;

/// Input error naming `where` and the line, if the text is not such a file or breaks its rules. The numbers are checked
/// (TileProblem::validateNumbers()), whether sums and caps can be met is not: an unfinished tile is read, too. Any thread.
///
///     const auto tile = parseTile("nmscope tile 1\nkeep 2\nscores\n9 8 6 6\n7 6 1 1\n5 7 8 6\n7 7 0 1\n");
Result<TileProblem> parseTile(std::string_view text, const std::string &where = "tile");

/// The text of `tile`, whose numbers must be valid; parseTile() gives back exactly the same tile.
std::string tileText(const TileProblem &tile);

} // namespace nms
