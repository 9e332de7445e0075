// SPDX-License-Identifier: Apache-2.0
// What the workers of a batch solve share: one matrix, or several of the same width and type, whose tile rows are numbered
// on from matrix to matrix, so that a panel, and with it a launch, may hold the tiles of many small ones.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "gpu/cuda/panel_pool.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>

namespace nms::warp {

/// A matrix of a job. `solution` is already allocated; each worker fills in its panels.
struct JobMatrix {
    static constexpr std::int64_t noTile = std::numeric_limits<std::int64_t>::max();

    JobMatrix(const WeightsView &weights_, Solution &solution_, std::int64_t tileRow0_)
        : weights(weights_), solution(solution_), tileRow0(tileRow0_)
    { }

    std::int64_t endTileRow() const { return tileRow0 + solution.grid.tileRows(); }
    bool isInvalid() const { return firstInvalid != noTile || failure; }

    const WeightsView weights;
    Solution &solution;
    const std::int64_t tileRow0; // in the job
    std::atomic<std::int64_t> firstInvalid{noTile}; // tile of this matrix
    std::optional<Error> failure; // what the CPU says of this matrix
};

/// Rows of tiles of one matrix that lie in a panel.
struct Segment {
    JobMatrix &matrix;
    std::int64_t tileRow = 0; // the first, in its matrix
    std::int64_t row = 0; // the same in rows of weights
    std::int64_t rows = 0; // real ones, without the padding of a last row of tiles
    std::int64_t rowInPanel = 0;
    std::int64_t firstTile() const { return tileRow * matrix.solution.grid.tileCols(); }
    std::int64_t tiles() const
    {
        const TileGrid &grid = matrix.solution.grid;
        return TileGrid{rows, grid.cols, grid.m}.count();
    }
};

/// The rows of tiles of all matrices below one another. Where a matrix ends within a row of tiles, rows of zeros follow up
/// to the next matrix: its tiles have the same scores as with padding.
class BatchJob
{
public:
    /// `magnitudes`: a score is |w|; otherwise w itself. References must outlive the job.
    BatchJob(const std::string &id_, bool magnitudes_, const Progress &progress_, int m)
        : id(id_), magnitudes(magnitudes_), progress(progress_), m_grid{0, 0, m}
    { }

    /// Before the solve. All matrices have the same columns and the same type.
    void add(const WeightsView &weights, Solution &solution)
    {
        const JobMatrix &added = m_matrices.emplace_back(weights, solution, m_grid.tileRows());
        m_grid.rows = added.tileRow0 * m_grid.m + weights.rows;
        m_grid.cols = weights.cols;
        m_bytes += weights.rows * weights.rowBytes();
        pool.emplace(m_grid.tileRows());
        meter.emplace(progress, m_grid.count());
    }

    const TileGrid &grid() const { return m_grid; }
    std::int64_t bytes() const { return m_bytes; }
    std::int64_t rowBytes() const { return m_matrices.front().weights.rowBytes(); }
    std::int64_t maskWordsPerRow() const { return m_matrices.front().solution.mask.wordsPerRow(); }
    WeightType type() const { return m_matrices.front().weights.type; }
    std::deque<JobMatrix> &matrices() { return m_matrices; }
    /// True where there is nothing to gain from going on: the only matrix has an invalid score.
    bool isRefused() const { return m_matrices.size() == 1 && m_matrices.front().isInvalid(); }

    TileGrid gridOf(const Panel &panel) const
    {
        return {std::min(panel.end * m_grid.m, m_grid.rows) - panel.begin * m_grid.m, m_grid.cols, m_grid.m};
    }

    /// Calls visit(segment) for each matrix of the panel, from top to bottom, until one returns an error.
    template <class Visit> Status eachSegment(const Panel &panel, Visit &&visit)
    {
        auto matrix = std::upper_bound(m_matrices.begin(), m_matrices.end(), panel.begin,
                                       [](std::int64_t row, const JobMatrix &one) { return row < one.tileRow0; });
        for (--matrix; matrix != m_matrices.end() && matrix->tileRow0 < panel.end; ++matrix) {
            const std::int64_t begin = std::max(panel.begin, matrix->tileRow0);
            const std::int64_t end = std::min(panel.end, matrix->endTileRow());
            if (begin >= end) // no rows
                continue;
            const std::int64_t tileRow = begin - matrix->tileRow0;
            const std::int64_t row = tileRow * m_grid.m;
            const std::int64_t rows = std::min((end - matrix->tileRow0) * m_grid.m, matrix->weights.rows) - row;
            const Status visited = visit(Segment{*matrix, tileRow, row, rows, (begin - panel.begin) * m_grid.m});
            if (!visited)
                return visited;
        }
        return {};
    }

    /// Of any worker: the lowest tile counts.
    void foundInvalid(JobMatrix &matrix, std::int64_t tile)
    {
        std::int64_t first = matrix.firstInvalid;
        while (tile < first && !matrix.firstInvalid.compare_exchange_weak(first, tile)) { }
        if (isRefused())
            pool->close();
    }

    const std::string &id;
    const bool magnitudes;
    const Progress &progress;
    int workers = 1;
    std::optional<PanelPool> pool;
    std::optional<ProgressMeter> meter;

private:
    TileGrid m_grid;
    std::int64_t m_bytes = 0;
    std::deque<JobMatrix> m_matrices; // do not move
};

} // namespace nms::warp
