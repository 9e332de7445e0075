// SPDX-License-Identifier: Apache-2.0
// Plans that stay on the device where a viewer draws them, with a simulated device: the same bits as through the host, never
// overwritten while a reader holds them, and transferred through the host where they cannot stay.
#include "gpu/cuda/shared_plans.h"
#include "gpu/cuda/warp_backend.h"
#include "gpu/cuda/warp_live.h"
#include "tests/backend/cases.h"
#include "tests/backend/sharing.h"
#include "tests/backend/simulated_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace nms::test {
namespace {

using warp::SharedPlan;
using warp::SharedPlans;

class SharedPlansTest : public testing::Test
{
protected:
    /// Of 4 × 4 entries.
    std::optional<SharedPlan> take() { return m_plans->take(4, 4); }
    void use(SimulatedDevice simulated, const std::optional<DeviceId> &viewer = simulatedDeviceId)
    {
        simulated.sharingId = simulatedDeviceId;
        simulated.heard = [this](const std::string &call) {
            m_asked += call == "share";
        };
        m_plans.reset();
        m_queue = std::make_unique<SimulatedQueue>(simulated);
        m_plans = std::make_unique<SharedPlans>(*m_queue);
        m_plans->setViewer(viewer);
    }

    int m_asked = 0;
    std::unique_ptr<SimulatedQueue> m_queue;
    std::unique_ptr<SharedPlans> m_plans;
};

TEST_F(SharedPlansTest, memoryIsUsedAgainOnceNobodyHoldsThePlan)
{
    use({});
    auto first = take();
    auto second = take();
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->data, second->data);
    const float *const was = first->data;
    std::shared_ptr<const DeviceMatrix> reader = first->matrix;
    first.reset();
    EXPECT_NE(take()->data, was);
    reader.reset();
    EXPECT_EQ(take()->data, was);
    EXPECT_EQ(m_asked, 3);
}

TEST_F(SharedPlansTest, growsAndLetsGoOfWhatIsTooSmall)
{
    use({});
    const std::weak_ptr<const SharedMemory> small = take()->matrix->memory();
    EXPECT_FALSE(small.expired());
    const auto large = m_plans->take(400, 400);
    ASSERT_TRUE(large);
    EXPECT_GE(large->matrix->memory()->bytes(), 400 * 400 * 4);
    EXPECT_TRUE(small.expired());
    EXPECT_FALSE(m_plans->take(0, 4));
}

TEST_F(SharedPlansTest, givesNoMoreThanAFew)
{
    use({});
    std::vector<SharedPlan> held;
    while (const auto plan = take()) {
        held.push_back(*plan);
        ASSERT_LT(held.size(), 100u);
    }
    EXPECT_GT(held.size(), 4u);
    held.pop_back();
    EXPECT_TRUE(take());
}

TEST_F(SharedPlansTest, onlyForAViewerOnTheSameDevice)
{
    use({}, std::nullopt);
    EXPECT_FALSE(take());
    m_plans->setViewer(anotherDevice);
    EXPECT_FALSE(take());
    EXPECT_EQ(m_asked, 0);
    m_plans->setViewer(simulatedDeviceId);
    std::optional<SharedPlan> plan = take();
    ASSERT_TRUE(plan);
    std::fill_n(plan->data, 16, 2.5F);
    const std::weak_ptr<const SharedMemory> memory = plan->matrix->memory();
    m_plans->setViewer(std::nullopt);
    EXPECT_FALSE(take());
    EXPECT_EQ(plan->matrix->all()(3, 3), 2.5F) << "what is held stays";
    plan.reset();
    EXPECT_TRUE(memory.expired());
}

TEST_F(SharedPlansTest, aPlanOutlivesWhatMadeIt)
{
    use({});
    const auto plan = take();
    ASSERT_TRUE(plan);
    plan->data[5] = 7;
    m_plans.reset();
    m_queue.reset();
    EXPECT_EQ(plan->matrix->block(1, 1, 1, 1)(0, 0), 7);
}

TEST_F(SharedPlansTest, aDeviceWithLittleRoomKeepsItForTheSolve)
{
    use({.saysFree = 300});
    EXPECT_FALSE(take());
    EXPECT_EQ(m_asked, 0);
}

TEST_F(SharedPlansTest, asksAgainWhereRoomMayComeBack)
{
    use({.shared = 0, .noShare = ErrorKind::Resource});
    EXPECT_FALSE(take());
    EXPECT_FALSE(take());
    EXPECT_EQ(m_asked, 2);
    use({.shared = 0, .noShare = ErrorKind::Unsupported});
    EXPECT_FALSE(take());
    EXPECT_FALSE(take());
    EXPECT_EQ(m_asked, 3);
}

/// The last read of a reader must be ordered before the next write of the writer; ThreadSanitizer checks this.
TEST_F(SharedPlansTest, readersLetGoOnTheirOwnThreads)
{
    use({});
    std::vector<std::jthread> readers;
    for (int round = 0; round < 200; ++round) {
        const auto plan = take();
        if (!plan)
            continue; // all buffers are held by readers
        std::fill_n(plan->data, 16, float(round));
        readers.emplace_back([matrix = plan->matrix, round] {
            for (int look = 0; look < 3; ++look) {
                const Matrix<float> values = matrix->block(0, 0, 4, 4);
                EXPECT_TRUE(std::all_of(values.data(), values.data() + 16, [&](float v) { return v == float(round); }));
            }
        });
        if (readers.size() > 6)
            readers.erase(readers.begin());
    }
}

TEST(DeviceMatrixValues, areFetchedAsAskedFor)
{
    const auto memory = std::make_shared<HostSharedMemory>(20 * 4 + 12);
    for (int i = 0; i < 20; ++i) {
        const auto value = float(i);
        std::memcpy(memory->data() + 4 * i, &value, 4);
    }
    const DeviceMatrix matrix(memory, 5, 4);
    const Matrix<float> block = matrix.block(1, 2, 3, 2);
    EXPECT_EQ(memory->bytesRead(), 6 * 4);
    EXPECT_EQ(block(0, 0), 6);
    EXPECT_EQ(block(2, 1), 15);
    const Matrix<float> some = matrix.everyRow(2);
    ASSERT_EQ(some.rows(), 3);
    EXPECT_EQ(some(2, 3), 19);
    EXPECT_EQ(matrix.everyRow(3).rows(), 2);
    const std::int64_t before = memory->bytesRead();
    EXPECT_EQ(matrix.all()(4, 3), 19);
    EXPECT_EQ(&matrix.all(), &matrix.all());
    EXPECT_EQ(memory->bytesRead(), before + 20 * 4) << "once";
    memory->lose();
    EXPECT_TRUE(std::isnan(matrix.block(0, 0, 1, 1)(0, 0)));
    EXPECT_EQ(matrix.all()(0, 1), 1);
}

std::unique_ptr<SolverBackend> backendOn(const SimulatedDevice &simulated)
{
    return warp::makeWarpBackend("fake", "Fake", {simulatedQueues(simulated)}, [](const std::string &) {});
}

/// The same check that the check program runs on real GPUs.
TEST(SharingText, holdsOnASimulatedDeviceAndNotWithoutSharing)
{
    Checks checks;
    plansStayOnTheDevice(*backendOn({.sharingId = simulatedDeviceId}), simulatedDeviceId, checks);
    EXPECT_GT(checks.done(), 100);
    EXPECT_EQ(checks.failed(), 0) << (checks.failures().empty() ? "" : checks.failures().front());
    Checks without;
    plansStayOnTheDevice(*backendOn({}), simulatedDeviceId, without);
    EXPECT_GT(without.failed(), 0);
}

class WarpShared : public testing::TestWithParam<Method>
{
protected:
    /// Starts a solve on a device whose memory can be shared or not, as `simulated` says.
    std::unique_ptr<LiveSolve> start(
        const SimulatedDevice &simulated, const std::function<void()> &downloaded = [] {})
    {
        SolveOptions options;
        options.method = GetParam();
        options.pattern = {4, 8};
        SimulatedDevice copying;
        copying.heard = [downloaded](const std::string &call) {
            if (call == "download")
                downloaded();
        };
        auto live = warp::makeWarpLive("fake", std::make_unique<SimulatedQueue>(simulated),
                                       std::make_unique<SimulatedQueue>(copying), m_scores, options, {});
        return live ? std::move(*live) : nullptr;
    }
    static void expectSame(Snapshot shown, const Snapshot &wanted)
    {
        shown.stats.seconds = wanted.stats.seconds;
        EXPECT_TRUE(same(shown, wanted));
    }
    static constexpr TileRegion region{1, 0, 5, 3};
    const Matrix<float> m_scores = gaussianScores(40, 39, 51); // `region` reaches the ragged edge of the matrix
    const SimulatedDevice m_sharing{.sharingId = simulatedDeviceId};
    std::vector<IterationStats> m_stats;
};

TEST_P(WarpShared, equalsWhatComesOverTheHost)
{
    int downloads = 0;
    const auto live = start(m_sharing, [&] { ++downloads; });
    const auto plain = start({});
    ASSERT_TRUE(live && plain);
    live->setViewer(simulatedDeviceId);
    std::vector<Snapshot> held(4);
    std::vector<Snapshot> wanted(4);
    for (std::size_t k = 0; k < held.size(); ++k) {
        ASSERT_TRUE(live->advance(k == 0 ? 0 : 3, {}, m_stats));
        ASSERT_TRUE(plain->advance(k == 0 ? 0 : 3, {}, m_stats));
        ASSERT_TRUE(plain->capture(region, wanted[k]));
        downloads = 0;
        ASSERT_TRUE(live->beginCapture(region, held[k]));
        ASSERT_TRUE(held[k].plan.onDevice());
        EXPECT_EQ(held[k].plan.onDevice()->block(0, 0, 1, 2)(0, 1), wanted[k].plan(0, 1)) << "complete when begun";
        ASSERT_TRUE(live->endCapture());
        EXPECT_EQ(downloads, 2) << "thresholds and figures, no plan";
    }
    for (std::size_t k = 0; k < held.size(); ++k) { // all plans still have their values
        EXPECT_EQ(wanted[k].plan.onDevice(), nullptr);
        const Matrix<float> part = held[k].plan.block(9, 3, 7, 11);
        const Matrix<float> wantedPart = wanted[k].plan.block(9, 3, 7, 11);
        EXPECT_TRUE(std::equal(part.data(), part.data() + part.size(), wantedPart.data()));
        EXPECT_EQ(part(2, 5), wanted[k].plan(11, 8));
        expectSame(held[k], wanted[k]);
    }
    const auto memory = held[0].plan.onDevice()->memory();
    held[0] = {};
    ASSERT_TRUE(live->capture({0, 0, 1, 1}, held[0]));
    EXPECT_EQ(held[0].plan.onDevice()->memory(), memory) << "used again";
    ASSERT_TRUE(plain->capture({0, 0, 1, 1}, wanted[0]));
    expectSame(held[0], wanted[0]);
}

TEST_P(WarpShared, oneSnapshotIsFilledAgainAndAgain)
{
    const auto live = start(m_sharing);
    const auto plain = start({});
    ASSERT_TRUE(live && plain);
    Snapshot shown;
    Snapshot wanted;
    const std::optional<DeviceId> here = simulatedDeviceId;
    for (const auto &viewer : {here, here, std::optional<DeviceId>(anotherDevice), here, std::optional<DeviceId>()}) {
        live->setViewer(viewer);
        ASSERT_TRUE(live->advance(2, {}, m_stats) && plain->advance(2, {}, m_stats));
        ASSERT_TRUE(live->capture(region, shown) && plain->capture(region, wanted));
        EXPECT_EQ(shown.plan.onDevice() != nullptr, viewer == here);
        expectSame(shown, wanted);
    }
    ASSERT_TRUE(live->capture({9, 9, 3, 3}, shown)); // an empty region
    EXPECT_TRUE(shown.plan.empty() && shown.potentials.empty());
}

TEST_P(WarpShared, comesOverTheHostWhereItCannotStay)
{
    const auto plain = start({});
    ASSERT_TRUE(plain);
    Snapshot wanted;
    ASSERT_TRUE(plain->capture(region, wanted));
    for (const SimulatedDevice &simulated :
         {SimulatedDevice{.sharingId = simulatedDeviceId, .shared = 0},
          SimulatedDevice{.sharingId = simulatedDeviceId, .shared = 0, .noShare = ErrorKind::Unsupported},
          SimulatedDevice{.sharingId = simulatedDeviceId, .saysFree = 1000}, SimulatedDevice{.sharingId = anotherDevice},
          SimulatedDevice{}}) {
        const auto live = start(simulated);
        ASSERT_TRUE(live);
        live->setViewer(simulatedDeviceId);
        Snapshot shown;
        for (int again = 0; again < 2; ++again) {
            ASSERT_TRUE(live->capture(region, shown));
            EXPECT_FALSE(shown.plan.onDevice());
            expectSame(shown, wanted);
        }
    }
}

/// Shared memory runs out while plans are held, and is available again later.
TEST_P(WarpShared, someStayAndSomeDoNot)
{
    const auto live = start(m_sharing);
    const auto plain = start({});
    ASSERT_TRUE(live && plain);
    live->setViewer(simulatedDeviceId);
    std::vector<Snapshot> held(12);
    int onDevice = 0;
    Snapshot wanted;
    ASSERT_TRUE(plain->capture(region, wanted));
    for (Snapshot &shown : held) {
        ASSERT_TRUE(live->capture(region, shown));
        onDevice += shown.plan.onDevice() != nullptr;
        expectSame(shown, wanted);
    }
    EXPECT_GT(onDevice, 4);
    EXPECT_LT(onDevice, 12);
    held.clear();
    Snapshot shown;
    ASSERT_TRUE(live->capture(region, shown));
    EXPECT_TRUE(shown.plan.onDevice());
}

INSTANTIATE_TEST_SUITE_P(Methods, WarpShared, testing::Values(Method::Exact, Method::Dykstra, Method::Capped),
                         [](const auto &which) { return std::string(nameOf(which.param)); });

} // namespace
} // namespace nms::test
