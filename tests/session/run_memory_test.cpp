// SPDX-License-Identifier: Apache-2.0
// What is told of a run's memory against what it really takes.
#include "core/reference/reference_backend.h"
#include "core/session/run_memory.h"
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"

#include "tests/session/session_support.h"
#include "tests/support/counted_memory.h"

#include <gtest/gtest.h>

namespace nms::test {
namespace {

constexpr std::int64_t small = 256 << 10; // scratch, threads, names
constexpr NmPattern patterns[] = {{2, 4}, {3, 7}, {8, 16}, {32, 64}};

TEST(RunMemory, aLiveSolveTakesWhatItsBackendSays)
{
    struct Case {
        std::unique_ptr<SolverBackend> (*makeBackend)();
        Method method;
        std::int64_t side;
    };
    for (const Case &one : {Case{makeCpuBackend, Method::Dykstra, 509}, Case{makeCpuBackend, Method::Capped, 509},
                            Case{makeCpuBackend, Method::Exact, 509}, Case{makeReferenceBackend, Method::Reference, 127}}) {
        const std::unique_ptr<SolverBackend> backend = one.makeBackend();
        const auto score = randomScore(one.side, one.side + 3);
        for (const NmPattern pattern : patterns) {
            const SolveOptions options = optionsFor(one.method, pattern.n, pattern.m);
            const LiveMemory told = backend->liveMemory({one.side, one.side + 3, pattern.m}, options);
            ASSERT_TRUE(backend->startLive(score, options, {})); // threads have their scratch
            const std::int64_t before = bytesHeld();
            const auto live = backend->startLive(score, options, {});
            ASSERT_TRUE(live);
            const std::int64_t taken = bytesHeld() - before;
            const std::string what = backend->id() + ", " + pattern.text();
            EXPECT_LE(taken, told.solve + told.solve / 4 + small) << what;
            EXPECT_GE(taken, told.solve - told.solve / 50) << what;
            KeyFrame frame;
            ASSERT_TRUE((*live)->save(frame, {}));
            EXPECT_EQ(std::int64_t(frame.state.size()), told.keyFrame) << what;
            EXPECT_EQ(frame.state.capacity(), frame.state.size()) << what;
        }
    }
}

TEST(RunMemory, deviceStatesAreSavedInWhatTheBackendSays)
{
    const std::unique_ptr<SolverBackend> backend = makeHostWarpBackend();
    const auto score = randomScore(130, 77);
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact}) {
        for (const NmPattern pattern : patterns) {
            const SolveOptions options = optionsFor(method, pattern.n, pattern.m);
            const auto live = backend->startLive(score, options, {});
            ASSERT_TRUE(live);
            KeyFrame frame;
            ASSERT_TRUE((*live)->save(frame, {}));
            EXPECT_EQ(std::int64_t(frame.state.size()), backend->liveMemory({130, 77, pattern.m}, options).keyFrame)
                << nameOf(method) << ", " << pattern.text();
        }
    }
}

TEST(RunMemory, aSessionTakesWhatIsTold)
{
    constexpr std::int64_t side = 768;
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    const auto score = randomScore(side, side);
    for (const std::int64_t historyBytes : {std::int64_t(64) << 20, std::int64_t(1)}) {
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{8, 16}}) {
            const SolveOptions options = optionsFor(Method::Dykstra, pattern.n, pattern.m, 40);
            const SessionOptions cap{
                .historyBytes = historyBytes, .repeat = 0ms, .widestStride = 8}; // a key frame wherever there is room
            const TileGrid grid{side, side, pattern.m};
            const RunMemory told = memoryOfRun(*backend, grid, options, side * side, cap);
            forgetMost();
            const std::int64_t before = bytesHeld();
            {
                SolverSession session(cap);
                session.watch(TileRegion::all(grid));
                session.start(backend, score, options, false);
                ASSERT_TRUE(session.waitUntilSettled(patience));
                ASSERT_EQ(session.status().state, SessionState::Finished);
                for (const int iteration : {30, 2, 17, 0}) {
                    const auto shown = session.fromHistory();
                    session.requestHistory(iteration, TileRegion::all(grid));
                    ASSERT_TRUE(session.waitUntilSettled(patience));
                    ASSERT_FALSE(session.historyError());
                }
                EXPECT_LE(session.history().bytes, std::max(historyBytes, told.keyFrames));
            }
            const std::int64_t taken = mostBytesHeld() - before;
            EXPECT_LE(taken, told.total() + small + (4 << 20)) << pattern.text(); // and what the threads work with
            EXPECT_GE(taken, told.total() / 2) << pattern.text();
            EXPECT_LE(bytesHeld() - before, 4 << 20) << "something stays when a session ends";
        }
    }
}

TEST(RunMemory, watchingAtTwoOfFourCountsTwelveBytesAWeightAndMore)
{
    const std::unique_ptr<SolverBackend> backend = makeCpuBackend();
    constexpr std::int64_t side = 4096, weights = side * side;
    const RunMemory told = memoryOfRun(*backend, {side, side, 4}, optionsFor(Method::Dykstra), 0, {});
    EXPECT_GE(told.live, 12 * weights);
    EXPECT_GE(told.replay, 12 * weights);
    EXPECT_GE(told.keyFrames, SessionOptions().historyBytes);
    const RunMemory greedy = memoryOfRun(*backend, {side, side, 4}, optionsFor(Method::Greedy), 0, {});
    EXPECT_EQ(greedy.live + greedy.keyFrames + greedy.replay + greedy.snapshots, 0);
    EXPECT_GT(greedy.result, 0);
    std::int64_t sum = 0;
    for (const auto &[name, bytes] : told.parts()) {
        EXPECT_FALSE(name.empty());
        sum += bytes;
    }
    EXPECT_EQ(sum, told.total());
}

TEST(RunMemory, theHistoryTakesWhatIsLeft)
{
    const std::unique_ptr<SolverBackend> backend = makeCpuBackend();
    const TileGrid grid{1024, 1024, 4};
    const SolveOptions options = optionsFor(Method::Dykstra);
    const std::int64_t wanted = std::int64_t(512) << 20;
    const std::int64_t least = memoryOfRun(*backend, grid, options, 0, {.historyBytes = 0}).total();
    EXPECT_EQ(historyThatFits(*backend, grid, options, 0, least - 1, wanted), 0);
    EXPECT_EQ(historyThatFits(*backend, grid, options, 0, least, wanted), 1);
    EXPECT_EQ(historyThatFits(*backend, grid, options, 0, std::int64_t(8) << 30, wanted), wanted);
    for (std::int64_t limit = least; limit < least + (200 << 20); limit += 7'777'777) {
        const std::int64_t history = historyThatFits(*backend, grid, options, 0, limit, wanted);
        EXPECT_LE(memoryOfRun(*backend, grid, options, 0, {.historyBytes = history}).total(), limit);
    }
}

} // namespace
} // namespace nms::test
