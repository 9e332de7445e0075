// SPDX-License-Identifier: Apache-2.0
// A method that needs a tile and nothing else, on one thread.
#pragma once

#include "core/tile/tile_mask.h"
#include "core/tile/tile_result.h"
#include "core/tile/tile_run.h"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace nms {

/// One thread's scratch for one method.
class RunSolver
{
public:
    virtual ~RunSolver() = default;

    /// Solves the tiles of a run into `mask`, whose bits there are still 0, and into results[0 … run.count). Returns the
    /// first tile with a score that is negative or not finite, run.end() where there is none. After such a tile, or with
    /// `stop` requested, it may return early, and what it wrote is not used.
    virtual std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) = 0;
};

/// One that takes tile after tile.
class TileSolver : public RunSolver
{
public:
    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

    /// `tile` is its number in the whole matrix. With `stop` requested a long solve returns early, and the result is not
    /// used.
    virtual TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) = 0;

private:
    std::unique_ptr<TileScores> m_scores;
};

} // namespace nms
