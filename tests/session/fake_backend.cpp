// SPDX-License-Identifier: Apache-2.0
#include "tests/session/fake_backend.h"

#include "tests/support/host_shared_memory.h"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace nms::test {

namespace {

/// False when stopped on the way. Tells of every thousandth part.
bool spend(std::chrono::microseconds cost, const Progress &progress)
{
    const auto begun = std::chrono::steady_clock::now(), end = begun + cost;
    for (auto now = begun; now < end; now = std::chrono::steady_clock::now()) {
        if (progress.stop.stop_requested())
            return false;
        if (progress.report)
            progress.report((now - begun) * 1000 / cost, 1000);
        std::this_thread::sleep_for(std::min<std::chrono::microseconds>(cost, std::chrono::microseconds(500)));
    }
    return !progress.stop.stop_requested();
}

class FakeReader : public KeyFrameReader
{
public:
    FakeReader(std::shared_ptr<const Matrix<float>> score, TileGrid grid) : m_score(std::move(score)), m_grid(grid) { }

    Status capture(const KeyFrame &frame, const TileRegion &region, Snapshot &out) const override
    {
        std::vector<double> state(std::size_t(m_grid.count()));
        std::memcpy(state.data(), frame.state.data(), state.size() * sizeof(double));
        out.iteration = frame.iteration;
        out.shape(m_grid, region);
        for (std::size_t tile = 0; tile < state.size(); ++tile)
            out.tiles[tile].residual = float(state[tile]);
        return {};
    }

private:
    const std::shared_ptr<const Matrix<float>> m_score;
    const TileGrid m_grid;
};

class FakeLiveSolve : public LiveSolve
{
public:
    FakeLiveSolve(const FakeBehaviour &behaviour, FakeCounters &counters, std::shared_ptr<const Matrix<float>> score,
                  const SolveOptions &options)
        : m_behaviour(behaviour), m_counters(counters), m_score(std::move(score)),
          m_options(options), m_grid{m_score->rows(), m_score->cols(), options.pattern.m},
          m_state(std::size_t(m_grid.count()))
    {
        for (std::size_t tile = 0; tile < m_state.size(); ++tile)
            m_state[tile] = 0.1 + 0.8 * double(tile + 1) / double(m_state.size() + 1);
        ++m_counters.solves;
    }
    ~FakeLiveSolve() override { --m_counters.solves; }

    int iteration() const override { return m_iteration; }
    int plannedIterations() const override { return m_behaviour.plannedUnknown ? -1 : m_behaviour.planned; }
    bool finished() const override { return m_iteration >= m_behaviour.planned; }

    Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) override
    {
        ++m_counters.advances;
        if (iterations > m_counters.longestChunk)
            m_counters.longestChunk = iterations;
        for (; (iterations > 0 || m_underWay > 0) && !finished() && !stop.stop_requested();
             iterations -= m_underWay > 0 ? 0 : 1, m_underWay = 0) {
            const int next = m_iteration + 1;
            if (m_behaviour.failAt == next)
                return fail(ErrorKind::Device, "fake", "the device fell off the bus", "plug it in again");
            if (m_behaviour.throwAt == next)
                throw std::runtime_error("the fake threw");
            if (m_behaviour.stallAt == next)
                return {};
            if (!m_behaviour.stopsWithin) {
                std::this_thread::sleep_for(m_behaviour.iterationCost);
            } else if (!spend(m_behaviour.iterationCost, {stop, [this](std::int64_t, std::int64_t) {
                                                              if (m_counters.withinIteration)
                                                                  m_counters.withinIteration();
                                                          }})) {
                m_underWay = 1;
                ++m_counters.torn;
                return {};
            }
            for (double &x : m_state)
                x = 3.99 * x * (1 - x); // chaotic: one bit lost shows a few iterations later
            m_iteration = next;
            ++m_counters.iterations;
            stats.push_back(statsNow());
        }
        return {};
    }

    int underWay() const override { return m_underWay; }

    Status capture(const TileRegion &region, Snapshot &out) override
    {
        ++m_counters.captures;
        m_counters.misuses += m_underWay > 0;
        if (m_behaviour.failCapture)
            return fail(ErrorKind::Device, "fake", "no copy from the device", "try again");
        if (m_behaviour.throwInCapture)
            throw std::bad_alloc();
        out.iteration = m_iteration;
        out.stats = m_iteration > 0 ? statsNow() : IterationStats{};
        out.shape(m_grid, region);
        for (std::int64_t row = 0; row < out.plan.rows(); ++row) {
            for (std::int64_t col = 0; col < out.plan.cols(); ++col) {
                const std::int64_t tile =
                    m_grid.index(out.region.tileRow0 + row / m_grid.m, out.region.tileCol0 + col / m_grid.m);
                out.plan.host()(row, col) = float(m_state[std::size_t(tile)]) * (*m_score)(row, col);
            }
        }
        for (std::size_t tile = 0; tile < m_state.size(); ++tile)
            out.tiles[tile].residual = float(m_state[tile]);
        if (m_behaviour.sharesMemory && m_viewer == simulatedDeviceId)
            share(out.plan);
        return {};
    }

    Result<bool> beginCapture(const TileRegion &region, Snapshot &out) override
    {
        if (const Status captured = capture(region, m_behaviour.capturesInBackground ? m_captured : out); !captured)
            return fail(captured.error());
        if (!m_behaviour.capturesInBackground)
            return true;
        out = Snapshot{}; // nobody may see this
        m_out = &out;
        return false;
    }

    Status endCapture() override
    {
        if (m_behaviour.failEndCapture && m_out)
            return fail(ErrorKind::Device, "fake", "the copy never came", "try again");
        if (m_out)
            *std::exchange(m_out, nullptr) = m_captured;
        return {};
    }

    Status save(KeyFrame &out, const std::stop_token &stop) const override
    {
        if (!spend(m_behaviour.saveCost, {stop, {}}))
            return fail(ErrorKind::Cancelled, "fake", "stopped");
        m_counters.misuses += m_underWay > 0;
        out.iteration = m_iteration;
        out.state.resize(m_state.size() * sizeof(double) + m_behaviour.padding);
        std::memcpy(out.state.data(), m_state.data(), m_state.size() * sizeof(double));
        return {};
    }

    std::shared_ptr<const KeyFrameReader> keyFrameReader() const override
    {
        return m_behaviour.readsKeyFrames ? std::make_shared<FakeReader>(m_score, m_grid) : nullptr;
    }

    Status restore(const KeyFrame &frame) override
    {
        ++m_counters.restores;
        if (m_behaviour.failRestore)
            return fail(ErrorKind::Device, "fake", "the device lost its memory", "start again");
        std::memcpy(m_state.data(), frame.state.data(), m_state.size() * sizeof(double));
        m_underWay = 0;
        m_iteration = frame.iteration;
        return {};
    }

    Result<Solution> round(const Progress &progress) const override
    {
        ++m_counters.rounds;
        m_counters.misuses += m_underWay > 0;
        if (m_behaviour.failRound)
            return fail(ErrorKind::Resource, "fake", "no room to round", "take a smaller matrix");
        if (m_behaviour.throwInRound)
            throw std::bad_alloc();
        if (!spend(m_behaviour.roundCost, progress))
            return fail(ErrorKind::Cancelled, "fake", "stopped");
        Solution solution;
        solution.options = m_options;
        solution.grid = m_grid;
        solution.mask = Mask(m_grid.rows, m_grid.cols);
        solution.tiles.resize(m_state.size());
        const auto [n, m] = m_options.pattern;
        const std::int64_t shift = m_state[0] > 0.5 ? 1 : 0;
        for (std::int64_t row = 0; row < m_grid.rows; ++row)
            for (std::int64_t col = 0; col < m_grid.cols; ++col)
                if ((col % m - row % m + m + shift) % m < n) {
                    solution.mask.set(row, col, true);
                    solution.tiles[std::size_t(m_grid.index(row / m, col / m))].objective += double((*m_score)(row, col));
                }
        if (m_behaviour.roundsWrongMask)
            solution.mask.set(1, 2, !solution.mask.at(1, 2));
        if (m_behaviour.roundsWrongFigures)
            solution.tiles.back().objective *= 2;
        return solution;
    }

    void setViewer(const std::optional<DeviceId> &device) override { m_viewer = device; }

private:
    void share(RegionPlan &plan)
    {
        const auto memory = std::make_shared<HostSharedMemory>(plan.size() * std::int64_t(sizeof(float)));
        if (!plan.empty())
            std::memcpy(memory->data(), plan.data(), std::size_t(memory->bytes()));
        ++m_counters.sharedPlans;
        plan = std::shared_ptr<const DeviceMatrix>(new DeviceMatrix(memory, plan.rows(), plan.cols()),
                                                   [&alive = m_counters.sharedPlans](const DeviceMatrix *matrix) {
                                                       delete matrix;
                                                       --alive;
                                                   });
    }
    IterationStats statsNow() const
    {
        IterationStats stats;
        stats.iteration = m_iteration;
        stats.rowResidual = 1.0 / m_iteration;
        stats.columnResidual = 0.5 / m_iteration;
        stats.objective = 1 - 1.0 / (m_iteration + 1);
        stats.upperBound = 1;
        stats.entropy = m_state[0];
        stats.seconds =
            m_iteration * 0.001 + double(m_counters.iterations) * 1e-6; // another one each time, as real ones are
        return stats;
    }

    const FakeBehaviour m_behaviour;
    FakeCounters &m_counters;
    std::shared_ptr<const Matrix<float>> m_score;
    SolveOptions m_options;
    TileGrid m_grid;
    std::vector<double> m_state;
    int m_iteration = 0;
    int m_underWay = 0;
    std::optional<DeviceId> m_viewer;
    Snapshot m_captured; // by a capture under way
    Snapshot *m_out = nullptr;
};

} // namespace

Result<Solution> FakeBackend::solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress)
{
    auto copy = std::make_shared<Matrix<float>>(score.rows, score.cols);
    for (std::int64_t row = 0; row < score.rows; ++row)
        std::ranges::copy(score.row(row), copy->span().row(row).begin());
    FakeLiveSolve live(m_behaviour, counters, copy, options);
    return live.round(progress);
}

Result<std::unique_ptr<LiveSolve>> FakeBackend::startLive(std::shared_ptr<const Matrix<float>> score,
                                                          const SolveOptions &options, const Progress &progress)
{
    ++counters.starts;
    counters.warmStarts += options.warmStart.has_value();
    if (m_behaviour.failStart || m_behaviour.failStartNumber == counters.starts)
        return fail(ErrorKind::Resource, "fake", "no memory on the device", "take a smaller matrix");
    if (m_behaviour.throwInStart)
        throw std::bad_alloc();
    if (!spend(m_behaviour.startCost, progress)) {
        ++counters.stoppedStarts;
        return fail(ErrorKind::Cancelled, "fake", "stopped");
    }
    return std::make_unique<FakeLiveSolve>(m_behaviour, counters, std::move(score), options);
}

LiveMemory FakeBackend::liveMemory(const TileGrid &grid, const SolveOptions &) const
{
    const std::int64_t state = grid.count() * std::int64_t(sizeof(double));
    return {state, state + std::int64_t(m_behaviour.padding)};
}

} // namespace nms::test
