// SPDX-License-Identifier: Apache-2.0
// However work is cut into runs, blocks, panels and words of the mask, each tile's result is that of the tile alone.
#pragma once

#include "core/solver/solution.h"
#include "tests/backend/backend_text.h"

#include <array>
#include <cstdint>
#include <functional>

namespace nms::test {

/// Solves `weights` (finite; every one is exact in f16) by their magnitude, in blocks or panels of about `blockTiles` tiles
/// (0: as the solver likes).
using CutSolver =
    std::function<Result<Solution>(Span2d<const float> weights, const SolveOptions &options, std::int64_t blockTiles)>;

/// The sides of tiles whose cuts differ: by word, by lane, by register.
inline constexpr std::array cutSides = {2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 32, 48, 64};

/// By backend.solveWeights() from f16.
Result<Solution> solveHalves(SolverBackend &backend, Span2d<const float> weights, const SolveOptions &options);

/// Matrices of 1, 1 + step … tileColumns columns of tiles and two rows of tiles, the last of them ragged, two thirds of the
/// widths ragged too; Gaussian tiles among tiles of ties and of zeros. Blocks of different sizes and one to three threads.
/// Of each matrix every tile is compared with itself solved alone, mask and figures bit for bit, and what it keeps is
/// counted: N in each row and column (at most N where the method or a ragged edge says so).
void cutsDoNotMatter(const CutSolver &solve, const SolveOptions &options, int tileColumns, int step, Checks &checks);

/// The same for `unstructured`, which ranks the whole matrix, against a sorted list, at 1 … cols columns.
void ranksDoNotDependOnCuts(const CutSolver &solve, NmPattern pattern, std::int64_t cols, Checks &checks);

} // namespace nms::test
