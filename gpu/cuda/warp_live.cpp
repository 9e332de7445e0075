// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/warp_live.h"
#include "core/solver/tile_loop.h"
#include "gpu/cuda/live_capture.h"
#include "gpu/cuda/live_state.h"
#include "gpu/cuda/solve_launch.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace nms::warp {
namespace {

/// Iterations enqueued before their figures are fetched.
constexpr int slots = 16;

/// Header of a key frame, before the potentials.
struct FrameHead {
    std::int64_t rows;
    std::int64_t cols;
    NmPattern pattern;
    Method method;
    double tau;
    std::int64_t running;
    IterationStats stats;
};
static_assert(std::is_trivially_copyable_v<FrameHead>);

class WarpLive : public LiveSolve
{
public:
    WarpLive(std::string id, std::unique_ptr<Queue> solving, std::unique_ptr<Queue> copying, const SolveOptions &options,
             const TileGrid &grid)
        : m_id(std::move(id)), m_queue(std::move(solving)), m_copying(std::move(copying)), m_options(options), m_grid(grid),
          m_state(makeLiveState(options)), m_capture(*m_queue, *m_copying)
    { }

    Status start(const Matrix<float> &score, const Progress &progress);

    int iteration() const override { return m_stats.iteration; }
    int plannedIterations() const override { return finished() ? iteration() : m_state->mostIterations(); }
    bool finished() const override { return iteration() == m_state->mostIterations() || m_running == 0; }

    Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) override;
    Status capture(const TileRegion &region, Snapshot &out) override;
    Result<bool> beginCapture(const TileRegion &region, Snapshot &out) override;
    Status endCapture() override { return m_capture.end(); }
    void setViewer(const std::optional<DeviceId> &device) override { m_capture.setViewer(device); }
    Status save(KeyFrame &out, const std::stop_token &stop) const override;
    Status restore(const KeyFrame &frame) override;
    Result<Solution> round(const Progress &progress) const override;

private:
    template <class T> Status take(Buffer<T> &buffer, std::int64_t count)
    {
        auto made = Buffer<T>::make(*m_queue, count);
        if (!made)
            return doesNotFit(made.error());
        buffer = std::move(*made);
        return {};
    }
    Unexpected<Error> doesNotFit(const Error &error) const
    {
        return fail(ErrorKind::Resource, m_id,
                    "a live solve of " + std::to_string(m_grid.rows) + " × " + std::to_string(m_grid.cols) +
                        " does not fit: " + error.what,
                    "free memory on the device, watch a smaller tensor or use the cpu backend");
    }
    Problem problem() const { return problemOf(m_grid, m_options, m_score.data()); }
    /// The buffers that a key frame holds after its header. The sums are included because those of finished tiles are not
    /// computed again.
    void eachStateBuffer(const std::function<void(void *, std::int64_t)> &what) const
    {
        what(m_live.data(), m_live.bytes());
        what(m_partial.data(), m_partial.bytes());
        m_state->eachBuffer(what);
    }
    std::size_t frameBytes() const
    {
        std::size_t bytes = sizeof(FrameHead);
        eachStateBuffer([&](void *, std::int64_t more) { bytes += std::size_t(more); });
        return bytes;
    }
    Unexpected<Error> stopped() const { return fail(ErrorKind::Cancelled, m_id, "stopped before all tiles were begun"); }
    Status upload(const Matrix<float> &score, const Progress &progress);
    bool endsEarly() const { return m_state->mostIterations() < 0 || toleranceOf(m_options) > 0; }
    Status run(int firstIteration, int count);
    IterationStats statsOf(const LiveSums &sums, int iteration, double seconds) const;

    const std::string m_id;
    const std::unique_ptr<Queue> m_queue; // declared before the buffers, so that it outlives them
    const std::unique_ptr<Queue> m_copying;
    const SolveOptions m_options;
    const TileGrid m_grid;
    IterationStats m_stats; // of the last iteration
    std::int64_t m_running = 1; // tiles that still change; if all run to the last iteration, any number but 0
    Buffer<float> m_score;
    const std::unique_ptr<LiveState> m_state;
    Buffer<LiveTile> m_live;
    Buffer<LiveSums> m_partial;
    Buffer<LiveSums> m_subtotals;
    Buffer<LiveSums> m_sums; // one per slot
    LiveCapture m_capture;
};

/// Uploads some rows of the score at a time, so that a stop request is noticed between them.
Status WarpLive::upload(const Matrix<float> &score, const Progress &progress)
{
    constexpr std::int64_t entriesAtOnce = std::int64_t(1) << 24;
    const std::int64_t rowsAtOnce = std::max<std::int64_t>(1, entriesAtOnce / std::max<std::int64_t>(1, score.cols()));
    for (std::int64_t row = 0; row < score.rows(); row += rowsAtOnce) {
        if (progress.stop.stop_requested())
            return stopped();
        const std::int64_t rows = std::min(rowsAtOnce, score.rows() - row);
        const Status sent =
            m_queue->uploadRows(m_score.data() + row * score.cols(), score.span().block(row, 0, rows, score.cols()));
        if (!sent)
            return sent;
        if (progress.report)
            progress.report(m_grid.count() * (row + rows) / score.rows(), m_grid.count());
    }
    return {};
}

Status WarpLive::start(const Matrix<float> &score, const Progress &progress)
{
    if (progress.stop.stop_requested()) // opening the device may have taken long
        return stopped();
    if (const Status status = m_state->take(*m_queue, m_grid); !status)
        return doesNotFit(status.error());
    Status status = take(m_score, score.size());
    if (status)
        status = take(m_live, m_grid.count());
    if (status)
        status = take(m_partial, groupsOf(m_grid.m, m_grid.count()));
    if (status)
        status = take(m_subtotals, liveSubtotals);
    if (status)
        status = take(m_sums, slots);
    if (status)
        status = upload(score, progress);
    if (status)
        status = run(0, 1);
    if (status && progress.stop.stop_requested())
        return stopped();
    if (!status)
        return status;

    LiveSums sums;
    std::vector<LiveTile> live(std::size_t(m_grid.count()));
    status = m_queue->download(&sums, m_sums.data(), sizeof sums);
    if (status)
        status = m_live.download(live.data());
    if (!status)
        return status;
    for (std::size_t tile = 0; tile < live.size(); ++tile)
        if (live[tile].residual == invalidScore)
            return invalidScoreError(m_id, m_grid, std::int64_t(tile));
    m_stats = statsOf(sums, 0, 0);
    if (m_grid.count() == 0)
        m_running = 0;
    return {};
}

Status WarpLive::run(int firstIteration, int count)
{
    AdvanceLaunch launch;
    launch.problem = problem();
    launch.tiles = allTiles(m_grid);
    launch.residualLimit = float(m_options.residualLimit());
    launch.tolerance = toleranceOf(m_options);
    launch.live = m_live.data();
    launch.partial = m_partial.data();
    launch.subtotals = m_subtotals.data();
    for (int k = 0; k < count; ++k) {
        launch.iteration = firstIteration + k;
        launch.sums = m_sums.data() + k;
        if (const Status status = m_queue->run(m_state->advance(launch)); !status)
            return status;
    }
    return m_queue->finish();
}

IterationStats WarpLive::statsOf(const LiveSums &sums, int iteration, double seconds) const
{
    const double tiles = double(std::max<std::int64_t>(1, m_grid.count()));
    IterationStats stats;
    stats.iteration = iteration;
    stats.stage = m_state->stageOf(iteration);
    stats.rowResidual = sums.rowResidual;
    stats.columnResidual = sums.columnResidual;
    stats.capacityResidual = sums.capacityResidual;
    stats.meanResidual = sums.residual / tiles;
    stats.objective = sums.objective;
    stats.upperBound = sums.upperBound;
    stats.entropy = sums.entropy / (tiles * m_grid.m * m_grid.m);
    stats.fractional = sums.fractional;
    stats.openTiles = sums.open;
    stats.seconds = seconds;
    return stats;
}

Status WarpLive::advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats)
{
    const double work = double(std::max<std::int64_t>(1, m_grid.count())) * paddedSide(m_grid.m) * paddedSide(m_grid.m);
    const int atOnce = int(std::clamp(m_queue->workAtOnce() / work, 1.0, double(slots)));
    return withMemoryErrors(m_id, smallerPanels, [&]() -> Status {
        while (iterations > 0 && !finished() && !stop.stop_requested()) {
            int count = std::min(iterations, atOnce);
            if (m_state->mostIterations() >= 0)
                count = std::min(count, m_state->mostIterations() - iteration());
            const auto begun = std::chrono::steady_clock::now();
            if (const Status status = run(iteration() + 1, count); !status)
                return status;
            LiveSums sums[slots];
            if (const Status status = m_queue->download(sums, m_sums.data(), count * std::int64_t(sizeof(LiveSums)));
                !status)
                return status;
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
            const IterationStats before = m_stats;
            for (int k = 0; k < count; ++k) {
                m_stats = statsOf(sums[k], before.iteration + k + 1, before.seconds + seconds * (k + 1) / count);
                stats.push_back(m_stats);
                if (endsEarly())
                    m_running = sums[k].running;
                if (m_running == 0) // nothing changed in the later ones
                    break;
            }
            iterations -= count;
        }
        return {};
    });
}

Status WarpLive::capture(const TileRegion &region, Snapshot &out)
{
    const Result<bool> begun = beginCapture(region, out);
    if (!begun)
        return fail(begun.error());
    return endCapture();
}

Result<bool> WarpLive::beginCapture(const TileRegion &region, Snapshot &out)
{
    return withMemoryErrors(m_id, smallerPanels, [&]() -> Result<bool> {
        if (const Status ended = endCapture(); !ended) // its target may be the same `out`
            return fail(ended.error());
        out.iteration = iteration();
        out.stats = m_stats;
        return m_capture.begin(problem(), *m_state, m_live, m_grid, region, out);
    });
}

Status WarpLive::save(KeyFrame &out, const std::stop_token &stop) const
{
    return withMemoryErrors(m_id, smallerPanels, [&]() -> Status {
        out.iteration = iteration();
        out.state.resize(frameBytes());
        const FrameHead head{m_grid.rows, m_grid.cols, m_options.pattern, m_options.method, m_options.tau,
                             m_running,   m_stats};
        std::memcpy(out.state.data(), &head, sizeof head);
        std::byte *at = out.state.data() + sizeof head;
        Status status;
        constexpr std::int64_t atOnce = std::int64_t(64) << 20;
        eachStateBuffer([&](void *data, std::int64_t bytes) {
            for (std::int64_t done = 0; status && done < bytes; done += atOnce)
                status = stop.stop_requested()
                    ? Status(stopped())
                    : m_queue->download(at + done, static_cast<std::byte *>(data) + done, std::min(atOnce, bytes - done));
            at += bytes;
        });
        return status;
    });
}

Status WarpLive::restore(const KeyFrame &frame)
{
    FrameHead head;
    const bool fits = frame.state.size() == frameBytes();
    if (fits)
        std::memcpy(&head, frame.state.data(), sizeof head);
    if (!fits || head.rows != m_grid.rows || head.cols != m_grid.cols || head.pattern != m_options.pattern ||
        head.method != m_options.method || head.tau != m_options.tau)
        return fail(ErrorKind::Usage, m_id, "the key frame belongs to another solve",
                    "restore only what this solve has saved");
    const std::byte *at = frame.state.data() + sizeof head;
    Status status;
    eachStateBuffer([&](void *data, std::int64_t bytes) {
        if (status)
            status = m_queue->upload(data, at, bytes);
        at += bytes;
    });
    if (status) {
        m_stats = head.stats;
        m_running = head.running;
    }
    return status;
}

Result<Solution> WarpLive::round(const Progress &progress) const
{
    return withMemoryErrors(m_id, smallerPanels, [&]() -> Result<Solution> {
        Solution solution;
        solution.options = m_options;
        solution.grid = m_grid;
        solution.mask = Mask(m_grid.rows, m_grid.cols);
        solution.seconds = m_stats.seconds;
        const auto begun = std::chrono::steady_clock::now();
        auto mask = Buffer<std::uint64_t>::make(*m_queue, m_grid.rows * solution.mask.wordsPerRow());
        if (!mask)
            return fail(mask.error());
        auto figures = Buffer<TileFigures>::make(*m_queue, m_grid.count());
        if (!figures)
            return fail(figures.error());
        Status status = mask->clear();

        MaskLaunch launch;
        launch.problem = problem();
        launch.tiles = allTiles(m_grid);
        launch.mask = mask->data();
        launch.maskWordsPerRow = solution.mask.wordsPerRow();
        launch.figures = figures->data();
        const std::int64_t step = tilesAtOnce(*m_queue, m_grid.m, 16); // rounding costs about as much as 16 iterations
        for (std::int64_t first = 0; status && first < m_grid.count(); first += step) {
            if (progress.stop.stop_requested())
                return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were rounded");
            launch.tiles.first = first;
            launch.tiles.count = std::min(step, m_grid.count() - first);
            status = m_queue->run(m_state->round(launch, iteration()));
            if (status)
                status = m_queue->finish();
            if (status && progress.report)
                progress.report(first + launch.tiles.count, m_grid.count());
        }
        std::vector<TileFigures> byTile(std::size_t(m_grid.count()));
        if (status)
            status = figures->download(byTile.data());
        if (status && mask->count() > 0)
            status = mask->download(solution.mask.row64(0).data());
        if (!status)
            return fail(status.error());
        solution.tiles.reserve(byTile.size());
        for (const TileFigures &tile : byTile)
            solution.tiles.push_back(resultOf(tile, m_options));
        solution.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        return solution;
    });
}

} // namespace

Result<std::unique_ptr<LiveSolve>> makeWarpLive(std::string id, std::unique_ptr<Queue> solving,
                                                std::unique_ptr<Queue> copying, const Matrix<float> &score,
                                                const SolveOptions &options, const Progress &progress)
{
    const TileGrid grid{score.rows(), score.cols(), options.pattern.m};
    auto live = std::make_unique<WarpLive>(std::move(id), std::move(solving), std::move(copying), options, grid);
    if (const Status status = live->start(score, progress); !status)
        return fail(status.error());
    return live;
}

LiveMemory warpLiveMemory(const TileGrid &grid, const SolveOptions &options)
{
    const std::int64_t frame = std::int64_t(sizeof(FrameHead)) + grid.count() * std::int64_t(sizeof(LiveTile)) +
        groupsOf(grid.m, grid.count()) * std::int64_t(sizeof(LiveSums)) + makeLiveState(options)->bytes(grid);
    return {std::int64_t(sizeof(WarpLive)) + LiveCapture::hostBytes(grid), frame};
}

} // namespace nms::warp
