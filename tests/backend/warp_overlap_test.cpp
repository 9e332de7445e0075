// SPDX-License-Identifier: Apache-2.0
// Copies and launches run while their worker thread continues: no memory may be used too early, and no wait come too soon.
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/simulated_queue.h"
#include "tests/backend/test_scores.h"
#include "tests/backend/typed_weights.h"

#include <algorithm>
#include <mutex>

namespace nms::test {
namespace {

using warp::SolvingDevice;

SolveOptions optionsFor(Method method, NmPattern pattern, int iterations = 30)
{
    SolveOptions options;
    options.method = method;
    options.pattern = pattern;
    options.iterations = iterations;
    return options;
}

std::unique_ptr<SolverBackend> backendOver(std::vector<SolvingDevice> devices)
{
    return warp::makeWarpBackend("fake", "fake", std::move(devices), [](const std::string &) {});
}

TEST(WarpOverlap, weightsAreSolvedAsTheyLie)
{
    for (const WeightType type : allTypes)
        for (const Method method : {Method::Exact, Method::Dykstra, Method::GreedySwap}) {
            const TypedWeights weights(type, 203, 90, 51); // the last panel is short, its last tile row ragged
            const SolveOptions options = optionsFor(method, {4, 8});
            const auto wanted = backendOver({simulatedQueues({})})->solve(weights.floats.span(), options, {});
            // The matrix has 36 to 73 KB.
            for (const std::int64_t memory : {enough, std::int64_t(40'000), std::int64_t(6'000)})
                expectSame(backendOver({SolvingDevice{simulatedQueues({.memory = memory}), 2}})
                               ->solveWeights(weights.view, options, {}),
                           wanted);
            expectSame(makeCpuBackend()->solveWeights(weights.view, options, {}),
                       makeCpuBackend()->solve(weights.floats.span(), options, {}));
        }
}

TEST(WarpOverlap, solverKeepsItsMemoryForMatricesOfAnyShape)
{
    const auto backend = backendOver({SolvingDevice{simulatedQueues({.memory = 60'000}), 2}});
    const SolveOptions options = optionsFor(Method::Exact, {4, 8});
    const auto solver = backend->startWeights(options);
    ASSERT_TRUE(solver);
    const std::pair<std::int64_t, std::int64_t> shapes[] = {{64, 64}, {9, 300}, {500, 20}, {1, 1}, {0, 8}, {100, 130}};
    for (const auto &[rows, cols] : shapes)
        for (const WeightType type : allTypes) {
            const TypedWeights weights(type, rows, cols, 52);
            expectSame((*solver)->solve(weights.view, {}),
                       backendOver({simulatedQueues({})})->solve(weights.floats.span(), options, {}));
        }
}

TEST(WarpOverlap, weightsThatAreNoneAreRefused)
{
    for (const WeightType type : allTypes)
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity()}) {
            TypedWeights weights(type, 64, 40, 53);
            weights.set(50, 17, bad);
            for (const auto &backend : {backendOver({SolvingDevice{simulatedQueues({}), 2}}), makeCpuBackend()}) {
                const auto solution = backend->solveWeights(weights.view, optionsFor(Method::Exact, {8, 16}), {});
                ASSERT_FALSE(solution) << backend->id();
                EXPECT_EQ(solution.error().kind, ErrorKind::Input);
                const std::string place = backend->id() == "cpu" ? "tile (3, 1)" : "row 48, column 16";
                EXPECT_NE(solution.error().line().find(place), std::string::npos) << solution.error().line();
            }
        }
}

/// The next panel is enqueued while the device works on one, and before any wait for that one.
TEST(WarpOverlap, nextPanelIsEnqueuedBeforeTheLastIsWaitedFor)
{
    std::vector<std::string> calls;
    const Matrix<float> scores = gaussianScores(400, 150, 54);
    const auto backend = backendOver({simulatedQueues({.heard = [&](const std::string &call) {
        calls.push_back(call);
    }})});
    ASSERT_TRUE(backend->solve(scores.span(), optionsFor(Method::Exact, {4, 8}), {}));
    const auto uploads = std::ranges::count(calls, "upload");
    ASSERT_GE(uploads, 4);
    std::vector<std::string> ends; // waits for the marks that follow results, in order
    std::ptrdiff_t started = 0, ended = 0;
    for (auto call = calls.begin(); call != calls.end(); ++call) {
        if (*call == "upload") {
            ++started;
            EXPECT_LE(started - ended, 2);
        } else if (call->starts_with("mark") && *(call - 1) == "download") {
            ends.push_back("wait" + call->substr(4));
        } else if (ended < std::ptrdiff_t(ends.size()) && *call == ends[std::size_t(ended)]) {
            ++ended;
            EXPECT_GT(started, ended - (started == uploads ? 1 : 0)) << "panel " << ended << " was waited for too soon";
        }
    }
    EXPECT_EQ(ended, uploads);
}

/// A stop waits for at most two launches, not for all launches of a panel.
TEST(WarpOverlap, stopIsSeenBetweenLaunches)
{
    for (const int after : {0, 1, 7}) {
        std::stop_source stop;
        int launches = 0;
        std::mutex mutex;
        const auto heard = [&](const std::string &call) {
            const std::scoped_lock lock(mutex);
            if (call == "launch" && launches++ == after)
                stop.request_stop();
        };
        Progress progress;
        progress.stop = stop.get_token();
        const Matrix<float> scores = gaussianScores(64, 64, 55);
        const auto solution = backendOver({SolvingDevice{simulatedQueues({.heard = heard}), 2}})
                                  ->solve(scores.span(), optionsFor(Method::Dykstra, {4, 8}, 1'000'000), progress);
        ASSERT_FALSE(solution);
        EXPECT_EQ(solution.error().kind, ErrorKind::Cancelled);
        EXPECT_LE(launches, after + 2); // another worker may already be launching
    }
}

} // namespace
} // namespace nms::test
