// SPDX-License-Identifier: Apache-2.0
// One method's result on a tile as the start of another method: all that passes between the two. The method that starts asks
// for what it needs, a mask or potentials; the source gives either, whatever its own method ends with.
#pragma once

#include "core/methods/tile_solver.h"
#include "core/tile/masks/rounding.h"

#include <memory>

namespace nms {

/// One thread's scratch for the method that comes first.
class StartSource
{
public:
    virtual ~StartSource() = default;

    /// Solves the tile: a mask with at most n in every row and column, and what is known of it (its bound holds for any
    /// mask). With `stop` requested it may return early, and nothing is used.
    virtual TileResult mask(const TileScores &scores, const std::stop_token &stop, TileMask &out) = 0;

    /// Solves the tile: finite thresholds in score units, M of each, an entry is kept when A > α + β.
    virtual void thresholds(const TileScores &scores, double *alpha, double *beta) = 0;
};

/// A method with potentials of its own, for up to so many iterations.
std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<IterativeTile> method, int iterations);

/// One that has a mask alone, and neither iterations nor a use for the tile's number; thresholds are made from the mask.
std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<TileSolver> method, NmPattern pattern, SimdLevel level);

} // namespace nms
