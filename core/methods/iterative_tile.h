// SPDX-License-Identifier: Apache-2.0
// What a batch solve and a live solve share: one tile that is taken up, iterated and put down again. Both go through these
// very functions, so what is watched is bit for bit what is computed.
#pragma once

#include "core/tile/plan_figures.h"
#include "core/tile/tile_mask.h"
#include "core/tile/tile_result.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace nms {

/// One thread's scratch for one method. `scores` must outlive the work on that tile.
class IterativeTile
{
public:
    virtual ~IterativeTile() = default;

    virtual void start(const TileScores &scores) = 0; // iteration 0
    /// Likewise, from potentials of another method: thresholds in score units, M of each, an entry is kept when
    /// A > α + β. Any finite ones will do; poor ones may be left aside.
    virtual void startFrom(const TileScores &scores, const double *alpha, const double *beta) = 0;
    virtual void iterate() = 0;
    /// Up to so many iterations, fewer when it is done: what as many calls of iterate() do, perhaps sooner.
    virtual void advance(int iterations)
    {
        for (; iterations > 0 && !done(); --iterations)
            iterate();
    }
    virtual bool done() const = 0;
    /// From the start until it is done, for up to so many iterations, or until `stop` is requested.
    void runTo(const TileScores &scores, int iterations, const std::stop_token &stop)
    {
        constexpr int betweenStops = 64;
        start(scores);
        for (int left = iterations; left > 0 && !done() && !stop.stop_requested(); left -= betweenStops)
            advance(left < betweenStops ? left : betweenStops);
    }

    virtual PlanFigures figures() = 0;
    virtual void plan(TileArray<double> &out) = 0; // S at the scores' stride
    virtual void thresholds(double *alpha, double *beta) const = 0; // kept when A > α + β; score units, M of each
    virtual TileResult round(TileMask &out) = 0; // leaves the state as it is

    virtual std::size_t stateBytes() const = 0; // the same for every tile
    virtual void suspend(std::byte *state) const = 0;
    virtual void resume(const TileScores &scores, const std::byte *state) = 0; // exactly where suspend() left it
};

} // namespace nms
