// SPDX-License-Identifier: Apache-2.0
// One queue's share of a batch solve: panels of tile rows, as many as fit into its memory at a time.
#pragma once

#include "core/solver/progress_meter.h"
#include "core/solver/solution.h"
#include "gpu/cuda/queue.h"

#include <mutex>
#include <vector>

namespace nms::warp {

/// What solves the tiles of `launch` at once by the method of `options`.
Launch launchOf(const MaskLaunch &launch, const SolveOptions &options);

/// Tile rows [begin, end).
struct Panel {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool empty() const { return begin == end; }
};

/// The tile rows that nobody has solved yet. Thread-safe.
class PanelPool
{
public:
    explicit PanelPool(std::int64_t tileRows) : m_rest{0, tileRows} { }

    /// At most `tileRows` of them, the first first; empty when all are taken, or after close().
    Panel take(std::int64_t tileRows);
    void putBack(Panel panel);
    void close();

private:
    std::mutex m_mutex;
    std::vector<Panel> m_returned;
    Panel m_rest;
    bool m_closed = false;
};

/// What all workers of a solve share.
struct BatchJob {
    const std::string &id;
    Span2d<const float> score;
    const Progress &progress;
    Solution &solution; // sized; each worker fills its panels
    PanelPool pool;
    ProgressMeter meter;
};

/// Lives on one thread.
class PanelWorker
{
public:
    /// `sharers`: workers that share the queue's device, this one included.
    PanelWorker(BatchJob &job, Queue &queue, int sharers);

    /// Solves panels until none is left. Where memory runs short it goes on with panels of half the size. A panel that could
    /// not be solved is put back.
    Status run();

private:
    bool sliced() const;
    std::int64_t bytesPerTileRow() const;
    Status takeMemory();
    Status takeBuffers();
    void dropBuffers();
    Status solve(Panel panel);
    Status store(Panel panel);
    Status solveAtOnce(const Launch &launch);
    Status solveInSlices(const MaskLaunch &launch);

    BatchJob &m_job;
    Queue &m_queue;
    const int m_sharers;
    const SolveOptions &m_options;
    const TileGrid m_grid;
    std::int64_t m_tileRows = 0; // of a panel; 0: no memory yet
    Buffer<float> m_panel;
    Buffer<std::uint64_t> m_mask;
    Buffer<TileFigures> m_figures;
    Buffer<std::int32_t> m_exponents; // of sliced solves
    Buffer<float> m_factors;
    Buffer<std::int32_t> m_iterations;
};

} // namespace nms::warp
