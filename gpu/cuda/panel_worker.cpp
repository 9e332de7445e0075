// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/panel_worker.h"

#include "gpu/cuda/warp_backend.h"

#include <algorithm>

namespace nms::warp {
namespace {

/// A launch does no more iterations than this, or it would hold up a stop (and a desktop) for too long.
constexpr int iterationsAtOnce = 512;

/// What a tile takes, as so many iterations of dykstra: about.
int costInIterations(const SolveOptions &options)
{
    switch (options.method) {
    case Method::Exact:
        return 64;
    case Method::Dykstra:
        return std::min(options.iterations, 2 * iterationsAtOnce);
    case Method::Capped: // most tiles end long before
        return std::min(4 * options.iterations, 2 * iterationsAtOnce);
    default:
        return 32;
    }
}

PlanLaunch planLaunchOf(const MaskLaunch &launch, const SolveOptions &options)
{
    PlanLaunch plan;
    static_cast<MaskLaunch &>(plan) = launch;
    plan.iterations = options.iterations;
    plan.tolerance = toleranceOf(options);
    return plan;
}

} // namespace

Launch launchOf(const MaskLaunch &launch, const SolveOptions &options)
{
    switch (options.method) {
    case Method::Exact:
        return ExactLaunch{launch};
    case Method::Greedy:
        return GreedyLaunch{launch, false};
    case Method::GreedySwap:
        return GreedyLaunch{launch, true};
    case Method::RowNm:
        return StandardLaunch{launch, true};
    case Method::ColNm:
        return StandardLaunch{launch, false};
    case Method::Capped:
        return CappedLaunch{planLaunchOf(launch, options)};
    default:
        return DykstraLaunch{planLaunchOf(launch, options)};
    }
}

Panel PanelPool::take(std::int64_t tileRows)
{
    const std::scoped_lock lock(m_mutex);
    if (m_closed)
        return {};
    Panel &from = m_returned.empty() ? m_rest : m_returned.back();
    const Panel panel{from.begin, std::min(from.end, from.begin + tileRows)};
    from.begin = panel.end;
    if (!m_returned.empty() && m_returned.back().empty())
        m_returned.pop_back();
    return panel;
}

void PanelPool::putBack(Panel panel)
{
    const std::scoped_lock lock(m_mutex);
    m_returned.push_back(panel);
}

void PanelPool::close()
{
    const std::scoped_lock lock(m_mutex);
    m_closed = true;
}

PanelWorker::PanelWorker(BatchJob &job, Queue &queue, int sharers)
    : m_job(job), m_queue(queue), m_sharers(sharers), m_options(job.solution.options), m_grid(job.solution.grid)
{ }

Status PanelWorker::run()
{
    while (true) {
        if (m_tileRows == 0)
            if (const Status status = takeMemory(); !status)
                return status;
        const Panel panel = m_job.pool.take(m_tileRows);
        if (panel.empty())
            return {};
        const Status status = solve(panel);
        if (status)
            continue;
        m_job.pool.putBack(panel);
        if (status.error().kind != ErrorKind::Resource || m_tileRows == 1)
            return status;
        m_tileRows /= 2;
        if (const Status smaller = takeBuffers(); !smaller)
            return smaller;
    }
}

bool PanelWorker::sliced() const
{
    return isEntropic(m_options.method) && m_options.iterations > 2 * iterationsAtOnce;
}

std::int64_t PanelWorker::bytesPerTileRow() const
{
    const std::int64_t tiles = m_grid.tileCols();
    const std::int64_t plain =
        m_grid.m * (m_grid.cols * std::int64_t(sizeof(float)) + m_job.solution.mask.wordsPerRow() * 8) +
        tiles * std::int64_t(sizeof(TileFigures));
    return sliced() ? plain + tiles * (2 * m_grid.m * 8 + 4) : plain;
}

Status PanelWorker::takeMemory()
{
    const std::int64_t rowBytes = bytesPerTileRow();
    const std::int64_t usable = m_queue.bytesFree() / 10 * 9 / m_sharers;
    m_tileRows =
        std::min({m_grid.tileRows(), usable / rowBytes, std::max<std::int64_t>(1, m_queue.panelBytes() / rowBytes)});
    if (m_tileRows == 0)
        return fail(ErrorKind::Resource, m_job.id,
                    "a row of tiles needs " + std::to_string(rowBytes) + " bytes, the device has " + std::to_string(usable) +
                        " free",
                    "free memory on the device or use the cpu backend");
    return takeBuffers();
}

/// Halves the panel until it fits: what is free may be in pieces, or others may have taken it meanwhile.
Status PanelWorker::takeBuffers()
{
    while (true) {
        dropBuffers();
        const std::int64_t rows = std::min(m_grid.rows, m_tileRows * m_grid.m);
        const std::int64_t tiles = m_tileRows * m_grid.tileCols();
        const std::int64_t potentials = sliced() ? tiles * 2 * m_grid.m : 0;
        Status status;
        const auto take = [&](auto &buffer, std::int64_t count) {
            if (!status)
                return;
            auto made = std::remove_reference_t<decltype(buffer)>::make(m_queue, count);
            if (made)
                buffer = std::move(*made);
            else
                status = fail(made.error());
        };
        take(m_panel, rows * m_grid.cols);
        take(m_mask, rows * m_job.solution.mask.wordsPerRow());
        take(m_figures, tiles);
        take(m_exponents, potentials);
        take(m_factors, potentials);
        take(m_iterations, sliced() ? tiles : 0);
        if (status || status.error().kind != ErrorKind::Resource || m_tileRows == 1)
            return status;
        m_tileRows /= 2;
    }
}

void PanelWorker::dropBuffers()
{
    m_panel = {};
    m_mask = {};
    m_figures = {};
    m_exponents = {};
    m_factors = {};
    m_iterations = {};
}

Status PanelWorker::solve(Panel panel)
{
    const std::int64_t row0 = panel.begin * m_grid.m;
    const TileGrid grid{std::min(panel.end * m_grid.m, m_grid.rows) - row0, m_grid.cols, m_grid.m};
    if (const Status status = m_queue.uploadRows(m_panel.data(), m_job.score.block(row0, 0, grid.rows, grid.cols)); !status)
        return status;
    if (const Status status = m_mask.clear(); !status)
        return status;

    MaskLaunch launch;
    launch.problem = problemOf(grid, m_options, m_panel.data());
    launch.tiles = allTiles(grid);
    launch.mask = m_mask.data();
    launch.maskWordsPerRow = m_job.solution.mask.wordsPerRow();
    launch.figures = m_figures.data();
    const std::int64_t step = tilesAtOnce(m_queue, m_grid.m, costInIterations(m_options));
    for (std::int64_t first = 0; first < grid.count(); first += step) {
        launch.tiles.first = first;
        launch.tiles.count = std::min(step, grid.count() - first);
        if (const Status status = sliced() ? solveInSlices(launch) : solveAtOnce(launchOf(launch, m_options)); !status)
            return status;
        m_job.meter.add(0); // a panel counts when its results are here
    }
    return store(panel);
}

Status PanelWorker::store(Panel panel)
{
    const std::int64_t firstTile = panel.begin * m_grid.tileCols();
    const std::int64_t count = (panel.end - panel.begin) * m_grid.tileCols();
    const std::int64_t row0 = panel.begin * m_grid.m;
    const std::int64_t rows = std::min(panel.end * m_grid.m, m_grid.rows) - row0;
    const auto tiles = std::size_t(count);
    std::vector<TileFigures> figures(tiles);
    if (const Status status = m_queue.download(figures.data(), m_figures.data(), count * std::int64_t(sizeof(TileFigures)));
        !status)
        return status;
    for (std::int64_t tile = 0; tile < count; ++tile) {
        if (figures[std::size_t(tile)].residual == invalidScore)
            return invalidScoreError(m_job.id, m_grid, firstTile + tile);
        m_job.solution.tiles[std::size_t(firstTile + tile)] = resultOf(figures[std::size_t(tile)], m_options);
    }
    const Status status = m_queue.download(m_job.solution.mask.row64(row0).data(), m_mask.data(),
                                           rows * m_job.solution.mask.wordsPerRow() * 8);
    if (status)
        m_job.meter.add(count);
    return status;
}

Status PanelWorker::solveAtOnce(const Launch &launch)
{
    if (m_job.progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
    if (const Status status = m_queue.run(launch); !status)
        return status;
    return m_queue.finish();
}

Status PanelWorker::solveInSlices(const MaskLaunch &launch)
{
    PlanLaunch slice = planLaunchOf(launch, m_options);
    slice.potentials = {m_exponents.data(), m_factors.data(), m_iterations.data()};
    for (slice.done = 0; slice.done < m_options.iterations; slice.done += iterationsAtOnce) {
        slice.fromScratch = slice.done == 0;
        slice.iterations = std::min(iterationsAtOnce, m_options.iterations - slice.done);
        slice.round = slice.done + slice.iterations == m_options.iterations;
        const Status status =
            m_options.method == Method::Capped ? solveAtOnce(CappedLaunch{slice}) : solveAtOnce(DykstraLaunch{slice});
        if (!status)
            return status;
        m_job.meter.add(0);
    }
    return {};
}

} // namespace nms::warp
