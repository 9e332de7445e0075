// SPDX-License-Identifier: Apache-2.0
// `exact` on whole runs of tiles: the steps of ExactTile, in one call and two tiles at a time.
#pragma once

#include "core/methods/exact/exact_tile.h"
#include "core/methods/tile_solver.h"

#include <array>

namespace nms {

class ExactRuns : public TileSolver
{
public:
    explicit ExactRuns(NmPattern pattern, SimdLevel level);

    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) override;

private:
    /// One that has been gathered.
    struct Pending {
        std::int64_t tile;
        ExactBatchTile batch;
    };
    void finish(const TileRun &run, int count, const std::stop_token &stop, RunMask &mask, TileResult *results);

    NmPattern m_pattern;
    const ExactKernels &m_kernels;
    ExactTile m_alone;
    std::unique_ptr<std::array<Pending, 2>> m_pending;
};

} // namespace nms
