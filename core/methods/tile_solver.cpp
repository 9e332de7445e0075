// SPDX-License-Identifier: Apache-2.0
#include "core/methods/tile_solver.h"

#include <algorithm>

namespace nms {

std::int64_t TileSolver::solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    if (!m_scores)
        m_scores = std::make_unique<TileScores>();
    const TileGrid &grid = run.grid;
    const std::int64_t row0 = run.row0();
    std::int64_t col0 = run.col0();
    TileMask kept;
    for (std::int64_t tile = run.first; tile < run.end() && !stop.stop_requested(); ++tile, col0 += grid.m) {
        const std::int64_t cols = std::min<std::int64_t>(grid.m, grid.cols - col0);
        m_scores->gather(run.columns(col0, cols), grid.m);
        if (!m_scores->valid())
            return tile;
        results[tile - run.first] = solve(*m_scores, tile, stop, kept);
        mask.putTile(row0, col0, grid.m, kept.rows.data());
    }
    return run.end();
}

} // namespace nms
