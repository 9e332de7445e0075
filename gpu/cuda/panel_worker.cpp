// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/panel_worker.h"

#include "gpu/cuda/solve_launch.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace nms::warp {
namespace {

/// Maximum iterations of a launch, so that it does not delay a stop (or a desktop) for too long.
constexpr int iterationsAtOnce = 512;

/// Approximate cost of a tile, in iterations of dykstra.
int costInIterations(const SolveOptions &options)
{
    switch (traitsOf(options.method).device) {
    case DeviceProgram::Exact:
        return 64;
    case DeviceProgram::Dykstra:
        return std::min(options.iterations, 2 * iterationsAtOnce);
    case DeviceProgram::Capped: // most tiles stop long before
        return std::min(4 * options.iterations, 2 * iterationsAtOnce);
    default:
        return 32;
    }
}

} // namespace

PanelWorker::PanelWorker(Queue &queue, int sharers, const SolveOptions &options)
    : m_queue(queue), m_sharers(sharers), m_options(options)
{ }

Status PanelWorker::run(BatchJob &job)
{
    m_job = &job;
    const Status status = solvePanels();
    if (status)
        return status;
    static_cast<void>(m_queue.finish()); // ends copies from and to memory of the job
    for (Slot &slot : m_slots)
        if (!slot.panel.empty())
            job.pool->putBack(std::exchange(slot.panel, {}));
    return status;
}

Status PanelWorker::solvePanels()
{
    if (m_job->pool->empty()) // checked before allocating memory
        return {};
    if (const Status status = takeMemory(); !status)
        return status;
    std::size_t turn = 0; // the slot with the oldest panel
    for (bool more = true; more || !m_slots[turn].panel.empty(); turn = (turn + 1) % m_slotsUsed) {
        Slot &slot = m_slots[turn];
        if (!slot.panel.empty())
            if (const Status status = store(slot); !status)
                return status;
        slot.panel = m_job->pool->take(m_tileRows);
        more = !slot.panel.empty();
        if (!more)
            continue;
        const Status started = start(slot);
        if (started)
            continue;
        if (started.error().kind != ErrorKind::Resource)
            return started;
        m_job->pool->putBack(std::exchange(slot.panel, {}));
        for (Slot &other : m_slots) // before their memory is freed
            if (!other.panel.empty())
                if (const Status status = store(other); !status)
                    return status;
        if (const Status done = m_queue.finish(); !done)
            return done;
        if (!halve())
            return started;
        m_slots = {};
        if (const Status smaller = takeBuffers(); !smaller)
            return smaller;
        turn = m_slotsUsed - 1;
    }
    return {};
}

bool PanelWorker::sliced() const
{
    return isEntropic(m_options.method) && m_options.iterations > 2 * iterationsAtOnce;
}

std::int64_t PanelWorker::bytesPerTileRow() const
{
    const TileGrid &grid = m_job->grid();
    const std::int64_t tiles = grid.tileCols();
    const std::int64_t plain =
        grid.m * (m_job->rowBytes() + m_job->maskWordsPerRow() * 8) + tiles * std::int64_t(sizeof(TileFigures));
    return sliced() ? plain + tiles * (2 * grid.m * 8 + 4) : plain;
}

std::int64_t PanelWorker::bytesHeld() const
{
    std::int64_t bytes = 0;
    for (const Slot &slot : m_slots)
        bytes += slot.weights.bytes() + slot.mask.bytes() + slot.figures.bytes() + slot.exponents.bytes() +
            slot.factors.bytes() + slot.iterations.bytes();
    return bytes;
}

Status PanelWorker::takeMemory()
{
    const std::int64_t rowBytes = bytesPerTileRow();
    const std::int64_t usable = bytesHeld() + m_queue.bytesFree() / 10 * 9 / m_sharers;
    const std::int64_t fitting = usable / rowBytes;
    if (fitting == 0)
        return fail(ErrorKind::Resource, m_job->id,
                    "a row of tiles needs " + std::to_string(rowBytes) + " bytes, the device has " + std::to_string(usable) +
                        " free",
                    "free memory on the device or use the cpu backend");
    m_slotsUsed = fitting == 1 ? 1 : m_slots.size();
    // Small enough that every worker gets two panels, as long as a panel is worth a launch.
    const std::int64_t most = std::max<std::int64_t>(1, m_queue.panelBytes() / rowBytes);
    const std::int64_t share = m_job->grid().tileRows() / (2 * m_job->workers) + 1;
    m_tileRows = std::min({fitting / std::int64_t(m_slotsUsed), most, std::max(share, most / 8 + 1)});
    m_tileRows = std::min(m_tileRows, m_job->grid().tileRows());
    return takeBuffers();
}

/// Reduces the panel size after memory ran out; false if it was already minimal.
bool PanelWorker::halve()
{
    if (m_tileRows > 1)
        m_tileRows /= 2;
    else if (m_slotsUsed > 1)
        m_slotsUsed = 1;
    else
        return false;
    return true;
}

/// Halves panels until they fit: free memory may be fragmented, or others may have taken it meanwhile.
Status PanelWorker::takeBuffers()
{
    while (true) {
        Status status;
        for (std::size_t k = 0; k < m_slotsUsed && status; ++k)
            status = takeBuffers(m_slots[k]);
        if (status || status.error().kind != ErrorKind::Resource)
            return status;
        m_slots = {};
        if (!halve())
            return status;
    }
}

Status PanelWorker::takeBuffers(Slot &slot)
{
    const TileGrid &grid = m_job->grid();
    const std::int64_t rows = std::min(grid.rows, m_tileRows * grid.m);
    const std::int64_t tiles = m_tileRows * grid.tileCols();
    const std::int64_t potentials = sliced() ? tiles * 2 * grid.m : 0;
    Status status;
    const auto take = [&](auto &buffer, std::int64_t count) {
        if (!status || buffer.count() >= count)
            return;
        buffer = {}; // freed first: both may not fit
        auto made = std::remove_reference_t<decltype(buffer)>::make(m_queue, count);
        if (made)
            buffer = std::move(*made);
        else
            status = fail(made.error());
    };
    take(slot.weights, rows * m_job->rowBytes());
    take(slot.mask, rows * m_job->maskWordsPerRow());
    take(slot.figures, tiles);
    take(slot.exponents, potentials);
    take(slot.factors, potentials);
    take(slot.iterations, sliced() ? tiles : 0);
    take(slot.hostMask, rows * m_job->maskWordsPerRow());
    take(slot.hostFigures, tiles);
    return status;
}

/// Copies the weights of the slot's panel, and zeros between two matrices.
Status PanelWorker::startUploads(const Slot &slot, const TileGrid &grid)
{
    const std::int64_t rowBytes = m_job->rowBytes();
    return m_job->eachSegment(slot.panel, [&](const Segment &segment) -> Status {
        const Status started = m_queue.startUpload(slot.weights.data() + segment.rowInPanel * rowBytes,
                                                   segment.matrix.weights.rowsFrom(segment.row, segment.rows));
        const std::int64_t end = segment.rowInPanel + segment.rows;
        const std::int64_t padded = std::min((end + grid.m - 1) / grid.m * grid.m, grid.rows);
        return started && padded > end ? m_queue.clear(slot.weights.data() + end * rowBytes, (padded - end) * rowBytes)
                                       : started;
    });
}

/// Enqueues everything for the slot's panel, including the copy of its results to the host.
Status PanelWorker::start(Slot &slot)
{
    const TileGrid grid = m_job->gridOf(slot.panel);
    const std::int64_t maskWords = m_job->maskWordsPerRow();
    MaskLaunch launch;
    launch.problem = problemOf(grid, m_options, slot.weights.data(), m_job->type(), m_job->magnitudes);
    launch.tiles = allTiles(grid);
    launch.mask = slot.mask.data();
    launch.maskWordsPerRow = maskWords;
    launch.figures = slot.figures.data();

    Status status = startUploads(slot, grid);
    if (status)
        status = m_queue.clear(slot.mask.data(), grid.rows * maskWords * 8);
    const std::int64_t step = tilesAtOnce(m_queue, grid.m, costInIterations(m_options));
    for (std::int64_t first = 0; status && first < grid.count(); first += step) {
        launch.tiles.first = first;
        launch.tiles.count = std::min(step, grid.count() - first);
        status = sliced() ? startSlices(slot, launch) : startLaunch(launchOf(launch, m_options));
    }
    if (status)
        status = m_queue.startDownload(slot.hostFigures.data(), slot.figures.data(),
                                       grid.count() * std::int64_t(sizeof(TileFigures)));
    if (status)
        status = m_queue.startDownload(slot.hostMask.data(), slot.mask.data(), grid.rows * maskWords * 8);
    if (!status)
        return status;
    const Result<Queue::Mark> end = m_queue.mark();
    if (!end)
        return fail(end.error());
    slot.end = *end;
    return {};
}

Status PanelWorker::startSlices(const Slot &slot, const MaskLaunch &launch)
{
    PlanLaunch slice = planLaunchOf(launch, m_options);
    slice.potentials = {slot.exponents.data(), slot.factors.data(), slot.iterations.data()};
    for (slice.done = 0; slice.done < m_options.iterations; slice.done += iterationsAtOnce) {
        slice.fromScratch = slice.done == 0;
        slice.iterations = std::min(iterationsAtOnce, m_options.iterations - slice.done);
        slice.round = slice.done + slice.iterations == m_options.iterations;
        const Status status = traitsOf(m_options.method).device == DeviceProgram::Capped ? startLaunch(CappedLaunch{slice})
                                                                                         : startLaunch(DykstraLaunch{slice});
        if (!status)
            return status;
    }
    return {};
}

/// At most two launches are enqueued behind the running one: a stop has to wait for them, and the device should never have
/// to wait for the host.
Status PanelWorker::startLaunch(const Launch &launch)
{
    std::optional<Queue::Mark> &oldest = m_launches[m_launch];
    if (oldest)
        if (const Status status = m_queue.wait(*oldest); !status)
            return status;
    if (m_job->progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
    if (const Status status = m_queue.run(launch); !status)
        return status;
    const Result<Queue::Mark> mark = m_queue.mark();
    if (!mark)
        return fail(mark.error());
    oldest = *mark;
    m_launch = (m_launch + 1) % m_launches.size();
    m_job->meter->add(0); // a panel is counted when its results have arrived
    return {};
}

Status PanelWorker::store(Slot &slot)
{
    if (const Status status = m_queue.wait(slot.end); !status)
        return status;
    const std::int64_t tiles = m_job->gridOf(slot.panel).count();
    static_cast<void>(m_job->eachSegment(slot.panel, [&](const Segment &segment) -> Status {
        storeSegment(slot, segment);
        return {};
    }));
    slot.panel = {};
    m_job->meter->add(tiles);
    return {};
}

void PanelWorker::storeSegment(const Slot &slot, const Segment &segment)
{
    Solution &solution = segment.matrix.solution;
    const std::int64_t firstTile = segment.firstTile();
    const TileFigures *found = slot.hostFigures.data() + segment.rowInPanel / solution.grid.m * solution.grid.tileCols();
    for (std::int64_t tile = 0; tile < segment.tiles(); ++tile) {
        if (found[tile].residual == invalidScore) { // an earlier panel may have another one
            m_job->foundInvalid(segment.matrix, firstTile + tile);
            break;
        }
        solution.tiles[std::size_t(firstTile + tile)] = resultOf(found[tile], m_options);
    }
    const std::int64_t words = solution.mask.wordsPerRow(); // rows are contiguous in both
    std::copy_n(slot.hostMask.data() + segment.rowInPanel * words, segment.rows * words,
                solution.mask.row64(segment.row).data());
}

} // namespace nms::warp
