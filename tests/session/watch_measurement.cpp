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
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace nms::test {

namespace {

using Seconds = std::chrono::duration<double>;

struct Rate {
    double iterations = 0; // a second
    double pictures = 0; // a second
    double between = 0; // share of the time that is not spent in iterations
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
    session.run();
    std::optional<double> end;
    while (!end) {
        const SessionStatus status = session.status();
        if (status.state == SessionState::Rounding || status.state == SessionState::Finished)
            end = Seconds(std::chrono::steady_clock::now() - begin).count();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const int shown = pictures;
    const std::vector<IterationStats> stats = session.statsSince(options.iterations - 1);
    const double solving = stats.empty() ? 0 : stats.back().seconds;
    session.cancel();
    EXPECT_TRUE(session.waitUntilSettled(std::chrono::minutes(1)));
    return {options.iterations / *end, shown / *end, 1 - solving / *end};
}

/// The same iterations without a session.
double bareRate(const std::shared_ptr<const Matrix<float>> &score, const SolveOptions &options)
{
    const auto backend = makeCpuBackend();
    auto live = backend->startLive(score, options, {});
    EXPECT_TRUE(live);
    std::vector<IterationStats> stats;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE((*live)->advance(options.iterations, {}, stats));
    return options.iterations / Seconds(std::chrono::steady_clock::now() - begin).count();
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
        {"512 × 512 on screen", TileRegion{10, 10, 42, 42}},
        {"all of it", TileRegion::all(grid)}};
    std::vector<double> bare;
    std::vector<std::vector<double>> iterations(viewers.size()), pictures(viewers.size()), between(viewers.size());
    for (int round = 0; round < rounds; ++round) { // in turns, so that a busy machine affects all alike
        bare.push_back(bareRate(score, options));
        for (std::size_t k = 0; k < viewers.size(); ++k) {
            const Rate rate = rateOf(score, options, viewers[k].second);
            iterations[k].push_back(rate.iterations);
            pictures[k].push_back(rate.pictures);
            between[k].push_back(rate.between);
        }
    }
    std::printf("without a session: %.0f iterations/s\n", medianOf(bare));
    for (std::size_t k = 0; k < viewers.size(); ++k) {
        std::vector<double> cost;
        for (int round = 0; round < rounds; ++round)
            cost.push_back(1 - iterations[k][std::size_t(round)] / bare[std::size_t(round)]);
        std::printf("%s: %.0f iterations/s, %.0f pictures/s, %.1f %% fewer iterations, %.1f %% of the time between them\n",
                    viewers[k].first, medianOf(iterations[k]), medianOf(pictures[k]), 100 * medianOf(cost),
                    100 * medianOf(between[k]));
    }
}

} // namespace nms::test
