// SPDX-License-Identifier: Apache-2.0
// The result of one method on a tile as the start of another method: all that is passed between the two. The starting
// method asks for what it needs, a mask or potentials; the source gives either, whatever its own method computes.
#pragma once

#include "core/methods/tile_solver.h"
#include "core/tile/masks/rounding.h"

#include <memory>

namespace nms {

/// Scratch memory of one thread for the first method.
class StartSource
{
public:
    virtual ~StartSource() = default;

    /// Solves the tile: a mask with at most n in every row and column, and its figures (the bound holds for any mask). When
    /// `stop` is requested it may return early, and the result must not be used.
    virtual TileResult mask(const TileScores &scores, const std::stop_token &stop, TileMask &out) = 0;

    /// Solves the tile: finite thresholds in score units, M of each; an entry is kept when A > α + β.
    virtual void thresholds(const TileScores &scores, double *alpha, double *beta) = 0;
};

/// For a method with potentials of its own, run for up to `iterations` iterations.
std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<IterativeTile> method, int iterations);

/// For a method that only has a mask, and neither iterations nor a use for the tile's number; thresholds are computed from
/// the mask.
std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<TileSolver> method, NmPattern pattern, SimdLevel level);

} // namespace nms
