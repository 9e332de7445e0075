// SPDX-License-Identifier: Apache-2.0
// A stop stops, whatever is under way: every method from every start, on a matrix that is large enough to matter.
#include "core/jobs/compare_matrix.h"
#include "core/session/solver_session.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"

#include "tests/session/session_support.h"
#include "tests/support/sanitized.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace nms::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t side = isSanitized ? 384 : 4096;
constexpr auto longest = 10s; // it takes milliseconds; without looking at the stop some take half a minute

std::shared_ptr<const Matrix<float>> score()
{
    static const std::shared_ptr<const Matrix<float>> large = randomScore(side, side);
    return large;
}

std::vector<SolveOptions> everyStart(NmPattern pattern)
{
    std::vector<SolveOptions> all;
    for (const Method method : offeredMethods()) {
        SolveOptions options = optionsFor(method, pattern.n, pattern.m);
        all.push_back(options);
        for (const Method source : warmStartsOf(method)) {
            options.warmStart = source;
            all.push_back(options);
        }
    }
    return all;
}

std::string nameOf(const SolveOptions &options)
{
    return std::string(nms::nameOf(options.method)) +
        (options.warmStart ? " from " + std::string(nms::nameOf(*options.warmStart)) : "");
}

bool isOver(SessionState state)
{
    return state == SessionState::Cancelled || state == SessionState::Finished;
}

void expectSoon(Clock::time_point asked, const std::string &what)
{
    if (!isSanitized) {
        EXPECT_LT(Clock::now() - asked, longest) << what;
    }
}

TEST(Stop, everySessionEndsSoonWhileItStarts)
{
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    for (const SolveOptions &options : everyStart({2, 4})) {
        auto session = std::make_unique<SolverSession>();
        session->start(backend, score(), options, false);
        ASSERT_TRUE(eventually([&] {
            const SessionStatus status = session->status();
            return status.starting > 0.0 || (status.generation == 1 && !status.starting);
        }));
        Clock::time_point asked = Clock::now();
        session->cancel();
        ASSERT_TRUE(eventually([&] { return isOver(session->status().state); })) << nameOf(options);
        ASSERT_TRUE(session->waitUntilSettled(patience));
        expectSoon(asked, nameOf(options) + ", cancelled");
        EXPECT_FALSE(session->status().starting);

        session->restart(true);
        session->run();
        asked = Clock::now();
        session.reset();
        expectSoon(asked, nameOf(options) + ", closed");
    }
}

TEST(Stop, everyWatchedSessionEndsSoonBetweenTwoIterations)
{
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    for (const SolveOptions &options : everyStart({4, 8})) {
        if (options.warmStart || !backend->canWatch(options))
            continue;
        SolverSession session;
        session.watch({0, 0, 64, 64});
        session.start(backend, score(), options, false);
        ASSERT_TRUE(eventually([&] { return session.status().iteration >= 1; }));
        std::this_thread::sleep_for(5ms); // into the next one
        Clock::time_point asked = Clock::now();
        session.pause();
        ASSERT_TRUE(eventually([&] { return session.status().state != SessionState::Running; }));
        expectSoon(asked, nameOf(options) + ", paused");
        ASSERT_TRUE(session.waitUntilSettled(patience));
        if (session.status().state == SessionState::Paused) {
            EXPECT_EQ(session.latest()->iteration, session.status().iteration);
        }
        session.run();
        std::this_thread::sleep_for(5ms);
        asked = Clock::now();
        session.cancel();
        ASSERT_TRUE(session.waitUntilSettled(patience));
        expectSoon(asked, nameOf(options) + ", cancelled");
    }
}

TEST(Stop, everyBatchSolveEndsSoon)
{
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{32, 64}}) {
        for (const SolveOptions &options : everyStart(pattern)) {
            std::stop_source stop;
            std::atomic<Clock::rep> asked = 0;
            std::jthread clock([&] {
                std::this_thread::sleep_for(10ms);
                asked = Clock::now().time_since_epoch().count();
                stop.request_stop();
            });
            const Result<Solution> solution = backend->solve(score()->span(), options, {stop.get_token(), {}});
            const Clock::time_point end = Clock::now();
            clock.join();
            if (!solution) {
                EXPECT_EQ(solution.error().kind, ErrorKind::Cancelled) << nameOf(options);
            }
            if (!isSanitized) {
                EXPECT_LT(end - Clock::time_point(Clock::duration(asked)), longest) << nameOf(options);
            }
        }
    }
}

TEST(Stop, aComparisonAndACertificateEndSoon)
{
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    std::stop_source stop;
    std::atomic<Clock::rep> asked = 0;
    const auto cases = crossProduct({{2, 4}, {4, 8}}, {Method::Greedy, Method::Dykstra, Method::Max1000});
    const Status compared =
        runComparison(*backend, *backend, score()->span(), cases, {}, stop.get_token(), [&](const ComparisonRow &) {
            asked = Clock::now().time_since_epoch().count(); // dykstra is next
            stop.request_stop();
        });
    ASSERT_FALSE(compared);
    EXPECT_EQ(compared.error().kind, ErrorKind::Cancelled);
    expectSoon(Clock::time_point(Clock::duration(asked)), "comparison");

    std::stop_source certifying;
    const Clock::time_point begun = Clock::now();
    certifying.request_stop();
    const auto certified = certify(*backend, score()->span(), Mask(side, side), {2, 4}, {certifying.get_token(), {}});
    ASSERT_FALSE(certified);
    EXPECT_EQ(certified.error().kind, ErrorKind::Cancelled);
    expectSoon(begun, "certificate");
}

/// Stopped anywhere and gone on with, a live solve comes to the very state. Once more where no stop fell into an iteration.
TEST(Stop, leavesNoTraceInTheIterations)
{
    const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    const auto matrix = randomScore(isSanitized ? 256 : 1024, 512);
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact}) {
        const SolveOptions options = optionsFor(method, 2, 4, 24);
        const auto whole = backend->startLive(matrix, options, {});
        ASSERT_TRUE(whole);
        std::vector<IterationStats> wanted;
        const Clock::time_point begun = Clock::now();
        ASSERT_TRUE((*whole)->advance(24, {}, wanted));
        const auto each =
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun) / (*whole)->iteration();
        const Result<Solution> expected = (*whole)->round({});
        ASSERT_TRUE(expected);
        std::minstd_rand random(7);
        int torn = 0;
        for (int attempt = 0; attempt < 300 && torn == 0; ++attempt) {
            const auto broken = backend->startLive(matrix, options, {});
            ASSERT_TRUE(broken);
            std::vector<IterationStats> got;
            for (int tries = 0; !(*broken)->finished() && (*broken)->iteration() < (*whole)->iteration(); ++tries) {
                ASSERT_LT(tries, 100000);
                std::stop_source stop;
                std::jthread asking([&, after = std::chrono::microseconds(random() % std::uint64_t(each.count() + 1))] {
                    std::this_thread::sleep_for(after);
                    stop.request_stop();
                });
                const int before = (*broken)->iteration() + (*broken)->underWay();
                const int more = (*broken)->underWay() > 0 ? 0 : 1;
                ASSERT_TRUE((*broken)->advance(more, stop.get_token(), got));
                asking.join();
                EXPECT_LE((*broken)->iteration() + (*broken)->underWay(), before + more);
                torn += (*broken)->underWay() > 0;
            }
            ASSERT_EQ(got.size(), wanted.size());
            for (std::size_t i = 0; i < got.size(); ++i)
                EXPECT_TRUE(sameStats(got[i], wanted[i], false)) << nms::nameOf(method) << ", iteration " << i + 1;
            const Result<Solution> found = (*broken)->round({});
            ASSERT_TRUE(found);
            EXPECT_TRUE(found->mask == expected->mask);
        }
        EXPECT_GT(torn, 0) << nms::nameOf(method);
    }
}

TEST(Stop, aSaveCanBeStopped)
{
    const auto backend = makeCpuBackend();
    const auto live = backend->startLive(randomScore(64, 64), optionsFor(Method::Dykstra), {});
    ASSERT_TRUE(live);
    std::stop_source stop;
    stop.request_stop();
    KeyFrame frame;
    const Status saved = (*live)->save(frame, stop.get_token());
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, ErrorKind::Cancelled);
    ASSERT_TRUE((*live)->save(frame, {}));
    EXPECT_TRUE((*live)->restore(frame));
}

} // namespace
} // namespace nms::test
