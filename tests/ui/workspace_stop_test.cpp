// SPDX-License-Identifier: Apache-2.0
// Cancelling and closing on a tensor that is large enough to matter, whatever is under way.
#include "ui/models/workspace.h"

#include "core/solver/cpu_backend.h"
#include "tests/support/sanitized.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

#include <random>

using namespace nms;
using nms::test::isSanitized;

namespace {

constexpr int side = isSanitized ? 256 : 4096;
constexpr int patience = 60000;
constexpr qint64 longest = 10000; // it takes milliseconds; without looking at the stop some take half a minute

/// One tensor of half-precision weights, written once for all tests.
QString largeFile()
{
    static const QTemporaryDir folder;
    const QString name = folder.filePath(QStringLiteral("large.safetensors"));
    if (QFile::exists(name))
        return name;
    const QByteArray header = QStringLiteral(R"({"layer.weight":{"dtype":"F16","shape":[%1,%1],"data_offsets":[0,%2]}})")
                                  .arg(side)
                                  .arg(qint64(side) * side * 2)
                                  .toUtf8();
    const quint64 length = quint64(header.size());
    std::vector<quint16> row(static_cast<std::size_t>(side));
    std::minstd_rand random(1);
    QFile file(name);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write(reinterpret_cast<const char *>(&length), 8);
    file.write(header);
    for (int i = 0; i < side; ++i) {
        for (quint16 &value : row)
            value = quint16(0x2000 + random() % 0x1c00); // positive, below 1
        file.write(reinterpret_cast<const char *>(row.data()), qint64(row.size() * 2));
    }
    return name;
}

class WorkspaceStop : public testing::Test
{
protected:
    WorkspaceStop()
    {
        QObject::connect(workspace.get(), &Workspace::message, workspace.get(),
                         [this](MessageLevel level, const QString &text) {
                             if (level != MessageLevel::Info)
                                 messages << text;
                         });
    }
    void open()
    {
        workspace->openFile(largeFile());
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->tensor() && !workspace->isLoading(); }, patience));
    }
    void choose(Method method, std::optional<Method> source = std::nullopt)
    {
        SolveOptions options = workspace->options();
        options.pattern = {2, 4};
        options.method = method;
        options.warmStart = source;
        workspace->setOptions(options);
    }
    void expectEndsSoon(const char *when)
    {
        QElapsedTimer timer;
        timer.start();
        workspace.reset();
        if (!isSanitized) {
            EXPECT_LT(timer.elapsed(), longest) << when;
        }
    }

    QStringList messages; // outlives the workspace
    std::unique_ptr<Workspace> workspace = std::make_unique<Workspace>(
        std::vector<BackendChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
};

TEST_F(WorkspaceStop, CancelEndsEveryMethodFromEveryStart)
{
    open();
    for (const Method method : offeredMethods()) {
        std::vector<std::optional<Method>> sources{std::nullopt};
        sources.insert(sources.end(), warmStartsOf(method).begin(), warmStartsOf(method).end());
        for (const auto source : sources) {
            choose(method, source);
            workspace->run();
            if (workspace->isLive()) { // into the start; what has a short one is beyond it
                ASSERT_TRUE(QTest::qWaitFor(
                    [&] {
                        const SessionStatus status = workspace->sessionStatus();
                        return status.starting > 0.0 || status.iteration > 0 || workspace->shownSnapshot() ||
                            status.state == SessionState::Finished;
                    },
                    patience));
            }
            QElapsedTimer timer;
            timer.start();
            workspace->cancel();
            ASSERT_TRUE(QTest::qWaitFor(
                [&] {
                    const SessionState state = workspace->sessionStatus().state;
                    return state == SessionState::Cancelled || state == SessionState::Finished;
                },
                patience));
            if (!isSanitized) {
                EXPECT_LT(timer.elapsed(), longest) << nameOf(method) << " from " << (source ? nameOf(*source) : "nothing");
            }
            EXPECT_FALSE(workspace->sessionStatus().starting);
        }
    }
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
}

TEST_F(WorkspaceStop, ClosingEndsAStart)
{
    open();
    choose(Method::Capped, Method::Dykstra);
    workspace->run();
    double last = 0;
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            const auto share = workspace->sessionStatus().starting;
            EXPECT_GE(share.value_or(1), last); // it only grows
            last = share.value_or(1);
            return last > 0;
        },
        patience));
    EXPECT_LE(last, 1);
    expectEndsSoon("starting");
}

TEST_F(WorkspaceStop, ClosingEndsARunWithItsHistory)
{
    open();
    choose(Method::Dykstra);
    workspace->run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->sessionStatus().iteration >= 2; }, patience));
    workspace->scrubTo(1);
    QTest::qWait(20);
    expectEndsSoon("running and scrubbing");
}

TEST_F(WorkspaceStop, ClosingEndsAComparison)
{
    open();
    workspace->startComparison(crossProduct({{2, 4}, {4, 8}}, {Method::Max1000, Method::Dykstra, Method::Unstructured}));
    QTest::qWait(50);
    EXPECT_TRUE(workspace->isComparing());
    expectEndsSoon("comparing");
}

TEST_F(WorkspaceStop, ClosingEndsReadingAndWriting)
{
    workspace->openFile(largeFile());
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->loadProgress() > 0; }, patience));
    expectEndsSoon("reading");

    workspace = std::make_unique<Workspace>(
        std::vector<BackendChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
    open();
    choose(Method::Greedy);
    workspace->run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->sessionStatus().state == SessionState::Finished; }, patience));
    const QTemporaryDir folder;
    workspace->exportMask(folder.filePath(QStringLiteral("mask.h5")));
    expectEndsSoon("writing");
}

} // namespace
