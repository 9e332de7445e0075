// SPDX-License-Identifier: Apache-2.0
// What watching costs a run, printed: nms_session_tests --gtest_also_run_disabled_tests --gtest_filter=WatchMeasurement.* on
// a machine that does nothing else.
#include "core/session/solver_session.h"
#include "core/solver/cpu_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace nms::test {

namespace {

using Seconds = std::chrono::duration<double>;

/// Of all threads together: unlike the clock it hardly depends on what else the machine does.
double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

struct Rate {
    double iterations = 0; // a second
    double pictures = 0; // a second
    double between = 0; // share of the time that is not spent in iterations
    double processor = 0; // ms of processor time of an iteration, with everything around it
};

/// A whole run; `region` is what a viewer looks at, none: nobody looks.
Rate rateOf(const std::shared_ptr<const Matrix<float>> &score, const SolveOptions &options, std::optional<TileRegion> region)
{
    SolverSession session;
    std::atomic<int> pictures = 0;
    std::shared_ptr<const Snapshot> seen;
    session.setListener([&] { // as a viewer, it holds the last picture while the next is made
        if (auto latest = session.latest(); latest != seen) {
            seen = std::move(latest);
            ++pictures;
        }
    });
    session.watch(region.value_or(TileRegion()));
    session.start(std::shared_ptr<SolverBackend>(makeCpuBackend()), score, options, true);
    EXPECT_TRUE(session.waitUntilSettled(std::chrono::minutes(1))); // iteration 0 is there
    pictures = 0;
    const auto begin = std::chrono::steady_clock::now();
    const double processorBegin = processorSeconds();
    session.run();
    std::optional<double> end;
    while (!end) {
        const SessionStatus status = session.status();
        if (status.state == SessionState::Rounding || status.state == SessionState::Finished)
            end = Seconds(std::chrono::steady_clock::now() - begin).count();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const double processor = processorSeconds() - processorBegin;
    const int shown = pictures;
    const std::vector<IterationStats> stats = session.statsSince(options.iterations - 1);
    const double solving = stats.empty() ? 0 : stats.back().seconds;
    session.cancel();
    EXPECT_TRUE(session.waitUntilSettled(std::chrono::minutes(1)));
    return {options.iterations / *end, shown / *end, 1 - solving / *end, 1000 * processor / options.iterations};
}

/// The same iterations without a session.
Rate bareRate(const std::shared_ptr<const Matrix<float>> &score, const SolveOptions &options)
{
    const auto backend = makeCpuBackend();
    auto live = backend->startLive(score, options, {});
    EXPECT_TRUE(live);
    std::vector<IterationStats> stats;
    const auto begin = std::chrono::steady_clock::now();
    const double processorBegin = processorSeconds();
    EXPECT_TRUE((*live)->advance(options.iterations, {}, stats));
    const double processor = processorSeconds() - processorBegin;
    return {options.iterations / Seconds(std::chrono::steady_clock::now() - begin).count(), 0, 0,
            1000 * processor / options.iterations};
}

double medianOf(std::vector<double> values)
{
    std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(values.size() / 2));
    return values[values.size() / 2];
}

} // namespace

TEST(WatchMeasurement, DISABLED_OfDykstra)
{
    constexpr std::int64_t side = 2048;
    constexpr int rounds = 5;
    auto gaussian = std::make_shared<Matrix<float>>(side, side);
    std::mt19937 random(1);
    std::normal_distribution<float> distribution;
    for (std::int64_t row = 0; row < side; ++row)
        for (float &entry : gaussian->span().row(row))
            entry = std::abs(distribution(random));
    const std::shared_ptr<const Matrix<float>> score = std::move(gaussian);
    SolveOptions options;
    options.method = Method::Dykstra;
    options.pattern = {8, 16};
    options.iterations = 600;
    const TileGrid grid{side, side, options.pattern.m};
    const std::vector<std::pair<const char *, std::optional<TileRegion>>> viewers{
        {"nobody looks", std::nullopt},
        {"figures of tiles, and one tile's entries", TileRegion{10, 10, 11, 11}}, // the window, zoomed out
        {"512 × 512 on screen", TileRegion{10, 10, 42, 42}},
        {"800 × 500 on screen, and a margin", TileRegion{10, 10, 50, 73}}, // 1600 × 1000 pixels where entries begin
        {"all of it", TileRegion::all(grid)}};
    std::vector<Rate> bare;
    std::vector<std::vector<Rate>> rates(viewers.size());
    for (int round = 0; round < rounds; ++round) { // in turns, so that a busy machine affects all alike
        bare.push_back(bareRate(score, options));
        for (std::size_t k = 0; k < viewers.size(); ++k)
            rates[k].push_back(rateOf(score, options, viewers[k].second));
    }
    const auto median = [](const std::vector<Rate> &of, auto figure) {
        std::vector<double> values;
        for (const Rate &rate : of)
            values.push_back(figure(rate));
        return medianOf(std::move(values));
    };
    const auto iterations = [](const Rate &rate) {
        return rate.iterations;
    };
    const auto processor = [](const Rate &rate) {
        return rate.processor;
    };
    std::printf("without a session: %.0f iterations/s, %.2f ms of processor time each\n", median(bare, iterations),
                median(bare, processor));
    for (std::size_t k = 0; k < viewers.size(); ++k) {
        std::vector<double> more; // processor time than where nobody looks, of the same round
        for (std::size_t round = 0; round < rates[k].size(); ++round)
            more.push_back(rates[k][round].processor / rates[0][round].processor - 1);
        std::printf("%s: %.0f iterations/s, %.0f pictures/s, %.2f ms of processor time each (%+.1f %%), %.1f %% of the time "
                    "between them\n",
                    viewers[k].first, median(rates[k], iterations),
                    median(rates[k], [](const Rate &rate) { return rate.pictures; }), median(rates[k], processor),
                    100 * medianOf(more), 100 * median(rates[k], [](const Rate &rate) { return rate.between; }));
    }
}

} // namespace nms::test
