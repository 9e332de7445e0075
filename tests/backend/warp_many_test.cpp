// SPDX-License-Identifier: Apache-2.0
// Many matrices in one call of the CUDA backend: tiles of several share a panel and a launch, results do not.
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/simulated_queue.h"
#include "tests/backend/typed_weights.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <string>

namespace nms::test {
namespace {

using testing::HasSubstr;
using warp::SolvingDevice;

std::unique_ptr<SolverBackend> backendOver(std::vector<SolvingDevice> devices)
{
    return warp::makeWarpBackend("fake", "fake", std::move(devices), [](const std::string &) {});
}

SolveOptions optionsFor(Method method, NmPattern pattern, int iterations = 30)
{
    SolveOptions options;
    options.method = method;
    options.pattern = pattern;
    options.iterations = iterations;
    return options;
}

std::vector<WeightsView> viewsOf(const std::deque<TypedWeights> &matrices)
{
    std::vector<WeightsView> views;
    for (const TypedWeights &matrix : matrices)
        views.push_back(matrix.view);
    return views;
}

/// Heights that end within a row of tiles, one, none, whole ones; two widths in turn.
std::deque<TypedWeights> oddMatrices()
{
    std::deque<TypedWeights> matrices;
    const std::int64_t heights[] = {5, 64, 1, 0, 17, 16, 203, 31, 33, 2, 48};
    unsigned seed = 70;
    for (const WeightType type : allTypes)
        for (const std::int64_t rows : heights) {
            ++seed;
            matrices.emplace_back(type, rows, seed % 3 == 0 ? 90 : 67, seed);
        }
    return matrices;
}

TEST(WarpMany, eachIsSolvedAsAlone)
{
    const std::deque<TypedWeights> matrices = oddMatrices();
    const std::vector<WeightsView> views = viewsOf(matrices);
    const std::pair<Method, NmPattern> cases[] = {
        {Method::Exact, {2, 4}},   {Method::Exact, {4, 8}},  {Method::Exact, {2, 3}},   {Method::Exact, {11, 20}},
        {Method::Dykstra, {4, 8}}, {Method::Capped, {2, 4}}, {Method::Greedy, {8, 16}}, {Method::GreedySwap, {3, 7}},
        {Method::RowNm, {2, 4}},   {Method::ColNm, {5, 8}},  {Method::Exact, {16, 32}}, {Method::Capped, {8, 16}},
        {Method::Dykstra, {4, 4}},
    };
    for (const auto &[method, pattern] : cases)
        for (const std::int64_t memory : {enough, std::int64_t(30'000)}) { // also panels that end within a matrix
            SCOPED_TRACE(std::string(nameOf(method)) + " " + std::to_string(pattern.n) + ":" + std::to_string(pattern.m));
            const auto backend = backendOver({SolvingDevice{simulatedQueues({.memory = memory}), 2}});
            const auto solver = backend->startWeights(optionsFor(method, pattern));
            ASSERT_TRUE(solver);
            EXPECT_TRUE((*solver)->gainsFromMany());
            const auto solved = (*solver)->solveAll(views, {});
            ASSERT_EQ(solved.size(), views.size());
            for (std::size_t k = 0; k < views.size(); ++k) {
                SCOPED_TRACE("matrix " + std::to_string(k));
                expectSame(solved[k], (*solver)->solve(views[k], {}));
            }
        }
}

/// More iterations than one launch does: potentials are kept from launch to launch.
TEST(WarpMany, longSolvesAreDividedAsAlone)
{
    std::deque<TypedWeights> matrices;
    for (const std::int64_t rows : {9, 16, 3})
        matrices.emplace_back(WeightType::F16, rows, 21, unsigned(rows));
    const std::vector<WeightsView> views = viewsOf(matrices);
    for (const Method method : {Method::Dykstra, Method::Capped}) {
        const auto backend = backendOver({simulatedQueues({})});
        const auto solver = backend->startWeights(optionsFor(method, {4, 8}, 1100));
        ASSERT_TRUE(solver);
        const auto solved = (*solver)->solveAll(views, {});
        for (std::size_t k = 0; k < views.size(); ++k)
            expectSame(solved[k], (*solver)->solve(views[k], {}));
    }
}

TEST(WarpMany, smallMatricesShareALaunch)
{
    std::deque<TypedWeights> matrices;
    for (unsigned k = 0; k < 12; ++k)
        matrices.emplace_back(WeightType::F16, 8, 40, k);
    std::atomic<int> launches = 0;
    const auto heard = [&](const std::string &call) {
        launches += call == "launch";
    };
    const auto backend = backendOver({simulatedQueues({.heard = heard})});
    const auto solver = backend->startWeights(optionsFor(Method::Exact, {4, 8}));
    ASSERT_TRUE(solver);
    for (const auto &solution : (*solver)->solveAll(viewsOf(matrices), {}))
        ASSERT_TRUE(solution);
    EXPECT_LE(launches, 4);
    launches = 0;
    for (const TypedWeights &matrix : matrices)
        ASSERT_TRUE((*solver)->solve(matrix.view, {}));
    EXPECT_EQ(launches, 12);
}

TEST(WarpMany, invalidScoreIsThatOfItsMatrix)
{
    std::deque<TypedWeights> matrices = oddMatrices();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    matrices[6].set(202, 3, nan);
    matrices[6].set(50, 17, nan); // the first tile counts
    matrices[12].set(0, 66, nan);
    for (const int launches : {unlimited, 0}) { // on the device; by the CPU after it was lost
        const auto backend = backendOver({SolvingDevice{simulatedQueues({.launches = launches}), 2}});
        const auto solver = backend->startWeights(optionsFor(Method::Exact, {8, 16}));
        ASSERT_TRUE(solver);
        const auto solved = (*solver)->solveAll(viewsOf(matrices), {});
        for (std::size_t k = 0; k < solved.size(); ++k) {
            const bool bad = k == 6 || k == 12;
            EXPECT_EQ(bool(solved[k]), !bad) << k;
            if (bad && !solved[k]) {
                EXPECT_EQ(solved[k].error().kind, ErrorKind::Input) << solved[k].error().line();
            }
        }
        if (launches == unlimited) {
            ASSERT_FALSE(solved[6] || solved[12]);
            EXPECT_THAT(solved[6].error().line(), HasSubstr("row 48, column 16"));
            EXPECT_THAT(solved[12].error().line(), HasSubstr("row 0, column 64"));
        }
    }
}

TEST(WarpMany, lostDeviceLeavesAllMatricesToTheCpu)
{
    const std::deque<TypedWeights> matrices = oddMatrices();
    const std::vector<WeightsView> views = viewsOf(matrices);
    const SolveOptions options = optionsFor(Method::Exact, {4, 8});
    const auto cpuBackend = makeCpuBackend();
    const auto cpu = cpuBackend->startWeights(options);
    for (const int uploads : {1, 2, 9}) {
        const auto backend = backendOver({simulatedQueues({.uploads = uploads})});
        const auto solver = backend->startWeights(options);
        ASSERT_TRUE(solver);
        const auto solved = (*solver)->solveAll(views, {});
        for (std::size_t k = 0; k < views.size(); ++k) {
            ASSERT_TRUE(solved[k]) << k << " " << solved[k].error().line();
            EXPECT_EQ(solved[k]->mask, (*cpu)->solve(views[k], {})->mask) << k;
        }
    }
}

TEST(WarpMany, countsAllTilesAndStops)
{
    const std::deque<TypedWeights> matrices = oddMatrices();
    const std::vector<WeightsView> views = viewsOf(matrices);
    const auto device = backendOver({SolvingDevice{simulatedQueues({}), 2}});
    const auto cpu = makeCpuBackend();
    for (SolverBackend *backend : {device.get(), cpu.get()}) {
        const auto solver = backend->startWeights(optionsFor(Method::Exact, {4, 8}));
        ASSERT_TRUE(solver);
        std::int64_t wanted = 0;
        for (const WeightsView &view : views)
            wanted += TileGrid{view.rows, view.cols, 8}.count();
        std::atomic<std::int64_t> counted = 0;
        Progress progress;
        progress.report = [&](std::int64_t done, std::int64_t) { // on any worker's thread
            std::int64_t before = counted;
            while (before < done && !counted.compare_exchange_weak(before, done)) { }
        };
        for (const auto &solution : (*solver)->solveAll(views, progress))
            ASSERT_TRUE(solution);
        EXPECT_EQ(counted, wanted);

        std::stop_source stop;
        stop.request_stop();
        for (const auto &solution : (*solver)->solveAll(views, {stop.get_token(), {}}))
            if (!solution) {
                EXPECT_EQ(solution.error().kind, ErrorKind::Cancelled);
            }
        EXPECT_FALSE((*solver)->solveAll(views, {stop.get_token(), {}})[1]);
        EXPECT_TRUE((*solver)->solveAll({}, {}).empty());
    }
}

} // namespace
} // namespace nms::test
