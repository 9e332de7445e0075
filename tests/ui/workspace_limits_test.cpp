// SPDX-License-Identifier: Apache-2.0
// What the workspace says where something does not fit, or an iteration cannot be shown again.
#include "ui/models/workspace.h"

#include "core/solver/cpu_backend.h"
#include "tests/session/fake_backend.h"
#include "ui/models/chart_points.h"
#include "ui/models/tensor_loader.h"
#include "ui/models/verdict.h"

#include <QTest>

#include <gtest/gtest.h>

using namespace nms;

namespace {

const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
constexpr int patience = 60000;

class WorkspaceLimits : public testing::Test
{
protected:
    void make(std::shared_ptr<SolverBackend> backend)
    {
        workspace = std::make_unique<Workspace>(
            std::vector<BackendChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU"), std::move(backend)}});
        QObject::connect(workspace.get(), &Workspace::message, workspace.get(),
                         [this](MessageLevel level, const QString &text) {
                             if (level != MessageLevel::Info)
                                 messages << text;
                         });
    }
    void open()
    {
        workspace->openFile(sample);
        ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace->isLoading(); }, patience));
    }
    void choose(Method method, NmPattern pattern)
    {
        SolveOptions options = workspace->options();
        options.method = method;
        options.pattern = pattern;
        workspace->setOptions(options);
    }
    bool waitForState(SessionState state)
    {
        return QTest::qWaitFor([&] { return workspace->sessionStatus().state == state; }, patience);
    }

    QStringList messages;
    std::unique_ptr<Workspace> workspace;
};

TEST_F(WorkspaceLimits, ATensorHoldsWhatIsTold)
{
    make(makeCpuBackend());
    open();
    const LoadedTensor &tensor = *workspace->tensor();
    const RunMemory told = memoryOfTensor(tensor.info.rows(), tensor.info.cols());
    EXPECT_EQ(told.weights, tensor.weights->size() * 4);
    EXPECT_EQ(told.scores, tensor.score->size() * 4);
    std::int64_t overview = 0;
    for (const OverviewLevel &level : tensor.weightOverview)
        overview += (level.minimum.size() + level.magnitude.size() + level.maximum.size()) * 4;
    EXPECT_EQ(told.overview, overview);
    EXPECT_EQ(told.total(), told.weights + told.scores + told.overview);
}

TEST_F(WorkspaceLimits, ATensorThatDoesNotFitIsRefusedPartByPart)
{
    make(makeCpuBackend());
    const RunMemory needed = memoryOfTensor(384, 384);
    workspace->setMemoryLimit(needed.total() - 1);
    open();
    EXPECT_FALSE(workspace->tensor());
    ASSERT_EQ(messages.size(), 1);
    for (const char *part : {"minilm-layer0.h5", "weights 576 KiB", "scores 576 KiB", "overview", "nmscope solve"})
        EXPECT_TRUE(messages[0].contains(part)) << part << " is not in: " << messages[0].toStdString();
    messages.clear();
    workspace->setMemoryLimit(needed.total());
    workspace->selectTensor(workspace->files().front().fileName,
                            QStringLiteral("encoder/layer/0/attention/self/query/weight"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace->isLoading(); }, patience));
    EXPECT_TRUE(workspace->tensor()) << messages.join('\n').toStdString();
}

TEST_F(WorkspaceLimits, TheTensorBeforeGoesWhereTheTwoDoNotFitTogether)
{
    make(makeCpuBackend());
    open();
    const QString query = QStringLiteral("encoder/layer/0/attention/self/query/weight");
    const QString file = workspace->files().front().fileName;
    workspace->selectTensor(file, query);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace->isLoading(); }, patience));
    const QString key = QStringLiteral("encoder/layer/0/attention/self/key/weight");
    workspace->setMemoryLimit(memoryOfTensor(384, 384).total() * 3 / 2);
    workspace->selectTensor(file, key);
    EXPECT_FALSE(workspace->tensor());
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace->isLoading(); }, patience));
    ASSERT_TRUE(workspace->tensor()) << messages.join('\n').toStdString();
    EXPECT_EQ(workspace->tensor()->info.path, key.toStdString());
    workspace->setMemoryLimit(memoryOfTensor(384, 384).total() * 2);
    workspace->selectTensor(file, query);
    EXPECT_TRUE(workspace->tensor()); // until the next one is there
}

TEST_F(WorkspaceLimits, ARunThatDoesNotFitIsRefusedPartByPart)
{
    make(makeCpuBackend());
    open();
    choose(Method::Dykstra, {2, 4});
    const std::int64_t tensor = memoryOfTensor(384, 384).total();
    const std::int64_t live = 12 * 384 * 384; // at 2:4, at the least
    workspace->setMemoryLimit(tensor + 2 * live); // room for the solve, not for its replay and its key frame
    workspace->run();
    EXPECT_EQ(workspace->sessionStatus().state, SessionState::Idle);
    ASSERT_EQ(messages.size(), 1);
    for (const char *part : {"dykstra", "2:4", "weights", "scores", "live state", "replay", "key frames", "result",
                             "larger M", "nmscope solve"})
        EXPECT_TRUE(messages[0].contains(part)) << part << " is not in: " << messages[0].toStdString();

    messages.clear();
    choose(Method::GreedySwap, {2, 4}); // as it says
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished)) << messages.join('\n').toStdString();
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();

    choose(Method::Dykstra, {2, 4});
    workspace->setMemoryLimit(tensor + 120 * 384 * 384); // fits, with a smaller history
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished)) << messages.join('\n').toStdString();
    EXPECT_LT(workspace->history().byteLimit, SessionOptions().historyBytes);
    EXPECT_LE(workspace->history().bytes, workspace->history().byteLimit);

    workspace->setMemoryLimit(tensor);
    workspace->startComparison({{{2, 4}, Method::Greedy}});
    EXPECT_FALSE(workspace->isComparing());
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages[0].contains("comparison")) << messages[0].toStdString();
}

TEST_F(WorkspaceLimits, AnIterationThatCannotBeShownIsNotTheLiveOne)
{
    make(std::make_shared<test::FakeBackend>(test::FakeBehaviour{.planned = 40, .failStartNumber = 2}));
    open();
    choose(Method::Dykstra, {2, 4});
    workspace->runTo(30);
    ASSERT_TRUE(waitForState(SessionState::Paused));
    const auto shows = [this](int iteration) {
        return QTest::qWaitFor(
            [&] {
                const auto shown = workspace->shownSnapshot();
                return shown && shown->iteration == iteration;
            },
            patience);
    };
    ASSERT_TRUE(shows(30));

    workspace->scrubTo(9); // which needs a solve of its own, the second
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->scrubError().has_value(); }, patience));
    EXPECT_TRUE(workspace->isScrubbing());
    EXPECT_EQ(workspace->scrubbedTo(), 9);
    EXPECT_FALSE(workspace->shownSnapshot()) << "the live plan is not iteration 9";
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages[0].contains("Iteration 9 cannot be shown")) << messages[0].toStdString();
    EXPECT_TRUE(messages[0].contains("no memory on the device")) << messages[0].toStdString();
    workspace->followLive();
    EXPECT_FALSE(workspace->scrubError());
    ASSERT_TRUE(workspace->shownSnapshot());
    EXPECT_EQ(workspace->shownSnapshot()->iteration, 30);

    workspace->scrubTo(4);
    ASSERT_TRUE(shows(4));
    EXPECT_FALSE(workspace->scrubError());
    workspace->scrubTo(9); // asked again, it can be
    ASSERT_TRUE(shows(9));
    EXPECT_EQ(messages.size(), 1);
}

TEST_F(WorkspaceLimits, TheStartIsAStageWithProgress)
{
    make(
        std::make_shared<test::FakeBackend>(test::FakeBehaviour{.planned = 5, .startCost = std::chrono::milliseconds(300)}));
    open();
    SolveOptions options = workspace->options();
    options.method = Method::Dykstra;
    options.warmStart = Method::Greedy;
    workspace->setOptions(options);
    QStringList told;
    QObject::connect(workspace.get(), &Workspace::sessionChanged, workspace.get(), [&] {
        told << verdictOf(workspace->options(), workspace->sessionStatus(), nullptr, nullptr, {}).text;
    });
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    const QStringList starting = told.filter(QStringLiteral("starting from greedy: "));
    EXPECT_GT(starting.size(), 1) << told.join('\n').toStdString();
    EXPECT_NE(starting.front(), starting.back()); // it tells how far it is
}

TEST(ChartPoints, AreSpreadOverTheIterationsWhateverIsLeftOut)
{
    EXPECT_TRUE(chartPoints({}, 100).empty());
    std::vector<IterationStats> stats;
    for (int k = 1; k <= 90000; k += k < 80000 ? 64 : 1) { // old ones thinned out
        stats.emplace_back();
        stats.back().iteration = k;
    }
    const std::vector<std::size_t> points = chartPoints(stats, 1000);
    EXPECT_LE(points.size(), 1001u);
    EXPECT_GE(points.size(), 900u);
    EXPECT_EQ(points.front(), 0u);
    EXPECT_EQ(points.back(), stats.size() - 1);
    for (std::size_t i = 1; i < points.size(); ++i)
        EXPECT_LE(stats[points[i]].iteration - stats[points[i - 1]].iteration, 90 + 2 * 64);
    stats.resize(300);
    EXPECT_EQ(chartPoints(stats, 1000).size(), 300u); // all of a few
}

} // namespace
