// SPDX-License-Identifier: Apache-2.0
// However the work is divided into runs, blocks, panels and words of the mask, the result of each tile must be that of the
// tile solved alone.
#pragma once

#include "core/solver/solution.h"
#include "tests/backend/backend_text.h"

#include <array>
#include <cstdint>
#include <functional>

namespace nms::test {

/// Solves `weights` (finite, and exactly representable in f16) by their magnitude, in blocks or panels of about `blockTiles`
/// tiles (0: the solver chooses).
using CutSolver =
    std::function<Result<Solution>(Span2d<const float> weights, const SolveOptions &options, std::int64_t blockTiles)>;

/// Tile sizes M that are divided in different ways: by word, by lane, by register.
inline constexpr std::array cutSides = {2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 32, 48, 64};

/// Converts the weights to f16 and calls backend.solveWeights().
Result<Solution> solveHalves(SolverBackend &backend, Span2d<const float> weights, const SolveOptions &options);

/// Solves matrices of 1, 1 + step … tileColumns columns of tiles and two rows of tiles. The last row of tiles is ragged, and
/// so are two thirds of the widths; Gaussian tiles are mixed with tiles of ties and of zeros. Block sizes differ, and one to
/// three threads are used. Every tile of each matrix is compared with the same tile solved alone, mask and figures bit for
/// bit, and its kept entries are counted: N in each row and column (at most N where the method or a ragged edge allows it).
void cutsDoNotMatter(const CutSolver &solve, const SolveOptions &options, int tileColumns, int step, Checks &checks);

/// The same for `unstructured`, which ranks the whole matrix: compares with a sorted list, for 1 … cols columns.
void ranksDoNotDependOnCuts(const CutSolver &solve, NmPattern pattern, std::int64_t cols, Checks &checks);

} // namespace nms::test
