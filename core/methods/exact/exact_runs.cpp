// SPDX-License-Identifier: Apache-2.0
#include "core/methods/exact/exact_runs.h"

#include <algorithm>

namespace nms {

ExactRuns::ExactRuns(NmPattern pattern, SimdLevel level)
    : m_pattern(pattern), m_kernels(exactKernels(level, strideFor(pattern.m))), m_alone(pattern, level),
      m_pending(new std::array<Pending, 2>)
{
    for (Pending &pending : *m_pending) {
        pending.batch.work.n = pattern.n;
        pending.batch.work.m = pattern.m;
    }
}

std::int64_t ExactRuns::solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    const int m = m_pattern.m;
    const int rows = int(std::min<std::int64_t>(m, run.grid.rows - run.row0()));
    int count = 0;
    std::int64_t col0 = run.col0();
    for (std::int64_t tile = run.first; tile < run.end() && !stop.stop_requested(); ++tile, col0 += m) {
        const int cols = int(std::min<std::int64_t>(m, run.grid.cols - col0));
        Pending &pending = (*m_pending)[std::size_t(count)];
        if (!m_kernels.gather(pending.batch, &run.score(run.row0(), col0), run.score.stride, rows, cols))
            return tile;
        if (pending.batch.largest == 0) {
            mask.putTile(run.row0(), col0, m, TileMask::band(m_pattern).rows.data());
            results[tile - run.first] = {.iterations = 1};
            continue;
        }
        pending.tile = tile;
        if (++count == int(m_pending->size())) {
            finish(run, count, stop, mask, results);
            count = 0;
        }
    }
    finish(run, count, stop, mask, results);
    return run.end();
}

void ExactRuns::finish(const TileRun &run, int count, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    ExactBatchTile *batch[] = {&(*m_pending)[0].batch, &(*m_pending)[1].batch};
    m_kernels.solve(batch, count);
    const int m = m_pattern.m;
    for (int k = 0; k < count; ++k) {
        const std::int64_t tile = (*m_pending)[std::size_t(k)].tile;
        TileResult &result = results[tile - run.first];
        if (!batch[k]->proven) {
            TileSolver::solveRun({run.score, run.grid, tile, 1}, stop, mask, &result);
            continue;
        }
        result = {batch[k]->objective, batch[k]->objective, 0, batch[k]->iterations, true};
        mask.putTile(run.row0(), run.grid.colOf(tile) * m, m, batch[k]->work.rows);
    }
}

TileResult ExactRuns::solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out)
{
    m_alone.start(scores);
    while (!m_alone.done())
        m_alone.iterate();
    return m_alone.round(out);
}

} // namespace nms
