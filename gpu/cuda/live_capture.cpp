// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/live_capture.h"

#include <algorithm>
#include <cstring>

namespace nms::warp {
namespace {

constexpr std::int64_t bandBytes = std::int64_t(32) << 20;

template <class Kind> Status grow(Kind &buffer, Queue &queue, std::int64_t count)
{
    if (buffer.count() >= count)
        return {};
    buffer = {};
    auto made = Kind::make(queue, count);
    if (!made)
        return fail(made.error());
    buffer = std::move(*made);
    return {};
}

/// Number of plan entries in tile rows [first, first + count) of the region.
std::int64_t entriesOf(const Snapshot &out, std::int64_t first, std::int64_t count)
{
    return std::min(count * out.grid.m, out.plan.rows() - first * out.grid.m) * out.plan.cols();
}

std::int64_t thresholdsOf(const Snapshot &out, std::int64_t tileRows)
{
    return tileRows * out.region.tileCols() * 2 * out.grid.m;
}

/// Number of tile rows in a band, for a plan with `cols` columns.
std::int64_t rowsOfBand(std::int64_t tileRows, std::int64_t cols, int m)
{
    const std::int64_t rowBytes = std::max<std::int64_t>(1, cols * m * std::int64_t(sizeof(float)));
    return std::max<std::int64_t>(1, std::min(tileRows, bandBytes / rowBytes));
}

template <class T> std::int64_t bytesOf(std::int64_t count)
{
    return count * std::int64_t(sizeof(T));
}

} // namespace

LiveCapture::~LiveCapture()
{
    static_cast<void>(m_copying.finish()); // before the memory that is copied from is freed
}

Result<bool> LiveCapture::begin(const Problem &problem, const LiveState &state, const Buffer<LiveTile> &figures,
                                const TileGrid &grid, const TileRegion &region, Snapshot &out)
{
    if (const Status ended = end(); !ended)
        return fail(ended.error());
    out.shapeAllButPlan(grid, region);
    const std::int64_t tileRows = out.region.tileRows();
    std::int64_t bandRows = rowsOfBand(tileRows, out.planCols(), grid.m);
    if (out.plan.onDevice())
        out.plan = {}; // frees its memory for the next plan
    const std::optional<SharedPlan> shared = m_shared.take(out.planRows(), out.planCols());
    if (shared) {
        bandRows = tileRows;
        out.plan = shared->matrix;
    } else {
        out.shape(grid, region);
    }

    Status status = takeBuffers(out, bandRows, !shared);
    if (status)
        status = m_solving.copy(m_figures.data(), figures.data(), figures.bytes());
    Band band;
    band.plan = shared ? shared->data : m_plan.data();
    while (status) {
        band.count = std::min(bandRows, tileRows - band.first);
        status = copyBand(problem, state, out, band);
        if (band.first + band.count >= tileRows)
            break;
        if (status)
            status = m_copying.finish();
        if (status)
            finishBand(out, band);
        band.first += band.count;
    }
    if (status)
        status = m_copying.startDownload(m_hostFigures.data(), m_figures.data(), figures.bytes());
    if (!status)
        return fail(status.error());
    m_out = &out;
    m_band = band;
    if (band.first == 0)
        return false;
    status = end();
    if (!status)
        return fail(status.error());
    return true;
}

std::int64_t LiveCapture::hostBytes(const TileGrid &grid)
{
    const std::int64_t shared = grid.tileRows(); // for a plan that stays on the device, all thresholds are copied at once
    const std::int64_t plan = rowsOfBand(grid.tileRows(), grid.cols, grid.m) * grid.m * grid.cols;
    return bytesOf<float>(plan + shared * grid.tileCols() * 2 * grid.m) + bytesOf<LiveTile>(grid.count());
}

Status LiveCapture::end()
{
    if (!m_out)
        return {};
    Snapshot &out = *std::exchange(m_out, nullptr);
    if (const Status copied = m_copying.finish(); !copied)
        return copied;
    static_assert(sizeof(LiveTile) == sizeof(TileStats) && std::is_trivially_copyable_v<TileStats>);
    if (!out.tiles.empty())
        std::memcpy(static_cast<void *>(out.tiles.data()), m_hostFigures.data(), out.tiles.size() * sizeof(TileStats));
    finishBand(out, m_band);
    return {};
}

Status LiveCapture::takeBuffers(const Snapshot &out, std::int64_t bandRows, bool withPlan)
{
    const std::int64_t entries = withPlan ? bandRows * out.grid.m * out.plan.cols() : 0;
    const std::int64_t thresholds = thresholdsOf(out, bandRows);
    const auto tiles = std::int64_t(out.tiles.size());
    Status status = grow(m_plan, m_solving, entries);
    if (status)
        status = grow(m_thresholds, m_solving, thresholds);
    if (status)
        status = grow(m_figures, m_solving, tiles);
    if (status)
        status = grow(m_hostPlan, m_copying, entries);
    if (status)
        status = grow(m_hostThresholds, m_copying, thresholds);
    return status ? grow(m_hostFigures, m_copying, tiles) : status;
}

Status LiveCapture::copyBand(const Problem &problem, const LiveState &state, const Snapshot &out, Band band)
{
    const TileRegion &region = out.region;
    CaptureLaunch launch;
    launch.problem = problem;
    launch.tiles = {region.tileRow0 + band.first, region.tileCol0, region.tileCols(), 0, band.count * region.tileCols()};
    launch.plan = band.plan;
    launch.planStride = out.plan.cols();
    launch.thresholds = m_thresholds.data();
    Status status = launch.tiles.count > 0 ? m_solving.run(state.capture(launch)) : Status();
    // Takes only a few microseconds, as nothing else is enqueued there: only the copies are worth overlapping.
    if (status)
        status = m_solving.finish();
    if (status && !out.plan.onDevice())
        status = m_copying.startDownload(m_hostPlan.data(), m_plan.data(),
                                         bytesOf<float>(entriesOf(out, band.first, band.count)));
    if (status)
        status = m_copying.startDownload(m_hostThresholds.data(), m_thresholds.data(),
                                         bytesOf<float>(thresholdsOf(out, band.count)));
    return status;
}

void LiveCapture::finishBand(Snapshot &out, Band band) const
{
    if (!out.plan.onDevice())
        std::copy_n(m_hostPlan.data(), entriesOf(out, band.first, band.count),
                    out.plan.host().data() + band.first * out.grid.m * out.plan.cols());
    std::copy_n(m_hostThresholds.data(), thresholdsOf(out, band.count),
                out.potentials.data() + thresholdsOf(out, band.first));
}

} // namespace nms::warp
