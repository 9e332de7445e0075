// SPDX-License-Identifier: Apache-2.0
// One tile, solved again by itself, with all that explains its mask: the plan, the potentials, the certificate, and the
// decisions by which it was rounded.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/methods/solve_options.h"
#include "core/tile/figures.h"
#include "core/tile/masks/rounding_log.h"
#include "core/tile/tile.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace nms {

struct TileTrace {
    SolveOptions options;
    int rows = 0; // without padding
    int cols = 0;
    TileMask mask; // of the padded tile; the same as the CPU backend's
    TileResult result;

    // Of methods with iterations; empty for the others
    Matrix<float> plan; // rows × cols
    double rowResidual = 0; // of the plan, padding included
    double columnResidual = 0;
    double planBound = 0; // certified at the plan's potentials
    std::vector<double> alpha; // M potentials in score units: kept when A > α + β
    std::vector<double> beta;

    // The potentials that certify result.upperBound; empty where it is certified otherwise (methods that are optimal for
    // constraints of their own, and masks improved from another method's mask)
    std::vector<double> maskAlpha;
    std::vector<double> maskBeta;

    // The decisions by which the mask was selected, from the first on; empty where the method has none to tell (a proven
    // optimum, N:M along rows alone, random masks)
    std::vector<RoundingStep> steps;
};

/// True where a tile of these options can be solved by itself: not if the method ranks the whole matrix.
bool canTrace(const SolveOptions &options);

/// Solves a tile by itself, as the CPU backend solves it in a matrix, bit for bit. cells: its scores without padding, at
/// most M × M. `iterations`: the state after so many of them (fewer where the tile is done sooner); not set: the end.
/// Errors: those of options.validate(), Unsupported unless canTrace(), Input for scores that are negative or not finite,
/// Cancelled. `level` must be one of simdLevels().
///
///     const auto trace = traceTile(score.block(0, 0, 16, 16), {.pattern = {8, 16}, .method = Method::Dykstra});
Result<TileTrace> traceTile(Span2d<const float> cells, const SolveOptions &options, std::optional<int> iterations = {},
                            const std::stop_token &stop = {}, SimdLevel level = simdLevel());

/// Approximate number of passes over a tile's entries that traceTile() makes: to decide whether it can be awaited.
double traceWork(const SolveOptions &options);

} // namespace nms
