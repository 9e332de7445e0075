// SPDX-License-Identifier: Apache-2.0
// The window's side of the view protocol, with a process that may lie, stall, die and come back.
#include "ui/attach/attachment.h"

#include "core/io/weights_file.h"
#include "core/solver/cpu_backend.h"
#include "tests/ui/fake_process.h"
#include "ui/attach/training_follower.h"
#include "ui/models/transport.h"
#include "ui/models/workspace.h"

#include <QSignalSpy>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <future>
#include <sys/mman.h>
#include <unistd.h>

namespace nms {
namespace {

using test::countingValues;
using test::FakeProcess;
using test::tensorOf;
using test::welcomeOf;

const QByteArray token = "the token";

class AttachmentTest : public testing::Test
{
protected:
    void SetUp() override { ASSERT_TRUE(process.isListening); }

    void attach(const QJsonObject &welcome)
    {
        process.onRequest = [this, welcome](const QJsonObject &request) {
            if (request["type"].toString() == QLatin1String("hello"))
                process.send(welcome);
        };
        start();
        ASSERT_TRUE(FakeProcess::waitFor([&] { return attachment->state() != Attachment::State::Connecting; }));
    }
    void start()
    {
        attachment = std::make_unique<Attachment>(*AttachAddress::parse(process.address()), token);
        attachment->setPatience(std::chrono::seconds(20), std::chrono::milliseconds(50));
        QObject::connect(attachment.get(), &Attachment::message, attachment.get(),
                         [this](const QString &text) { messages << text; });
        attachment->connectToProcess();
    }
    bool waitForEnd()
    {
        return FakeProcess::waitFor([&] { return attachment->state() == Attachment::State::Ended; });
    }
    /// Reads the first tensor as any other thread of the window does.
    std::future<Result<Matrix<float>>> readFirst(const std::stop_token &stop = {})
    {
        return std::async(std::launch::async, [name = attachment->name().toStdString(), stop]() -> Result<Matrix<float>> {
            auto source = openWeights(name, stop);
            if (!source)
                return fail(source.error());
            const TensorInfo info = (*source)->tensors()[0];
            Matrix<float> values(info.rows(), info.cols());
            if (const Status read = (*source)->readRows(info, 0, values.span()); !read)
                return fail(read.error());
            return values;
        });
    }
    static bool isReady(const std::future<Result<Matrix<float>>> &future)
    {
        return FakeProcess::waitFor([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    }

    FakeProcess process;
    std::unique_ptr<Attachment> attachment;
    QStringList messages;
};

TEST(AttachAddress, ForAUnixSocketOrAHostWithAPort)
{
    const auto local = AttachAddress::parse("unix:/run/user/1/a:b");
    ASSERT_TRUE(local);
    EXPECT_TRUE(local->isLocal());
    EXPECT_EQ(local->path, "/run/user/1/a:b");
    const auto host = AttachAddress::parse("example.org:5555");
    ASSERT_TRUE(host);
    EXPECT_EQ(host->host, "example.org");
    EXPECT_EQ(host->port, 5555);
    EXPECT_EQ(AttachAddress::parse("[::1]:7")->host, "::1");
    for (const char *given : {"unix:/a", "example.org:5555", "[::1]:7"})
        EXPECT_EQ(AttachAddress::parse(given)->text(), given);
    for (const char *wrong :
         {"", "host", ":5", "host:", "host:0", "host:65536", "host:-1", "host:x", "::1:7", "unix:", "unix:here", "[::1]"})
        EXPECT_FALSE(AttachAddress::parse(wrong)) << wrong;
}

TEST_F(AttachmentTest, TellsTheTokenAndOpensTheTensors)
{
    attach(welcomeOf({tensorOf("a.weight", {7, 5})}));
    EXPECT_EQ(attachment->state(), Attachment::State::Attached);
    EXPECT_EQ(process.requests[0]["token"].toString().toUtf8(), token);
    EXPECT_EQ(process.requests[0]["version"].toInt(), 1);
    EXPECT_EQ(attachment->name(), "python://" + process.address() + "/Net");
    auto values = readFirst();
    ASSERT_TRUE(process.waitForRequest("get"));
    EXPECT_FALSE(process.requests.last()["shared"].toBool()); // another machine's memory cannot be shared
    EXPECT_EQ(process.requests.last()["tensor"].toInt(), 0);
    process.send({{"type", "later"}, {"with", "something new"}}, QByteArray(100'003, 'x')); // is skipped
    process.send({{"type", "tensor"}, {"id", process.requests.last()["id"]}, {"tensor", 0}, {"step", 0}},
                 countingValues(35));
    ASSERT_TRUE(isReady(values));
    const auto read = values.get();
    ASSERT_TRUE(read) << read.error().line();
    EXPECT_EQ((*read)(0, 0), 1.F);
    EXPECT_EQ((*read)(6, 4), 35.F);
}

TEST_F(AttachmentTest, ArrivingByteByByteChangesNothing)
{
    process.onRequest = [](const QJsonObject &) {
    };
    start();
    ASSERT_TRUE(process.waitForRequest("hello"));
    const QByteArray text = QJsonDocument(welcomeOf({tensorOf("a", {2, 2})})).toJson();
    QByteArray bytes("NMSV");
    bytes.resize(16);
    qToLittleEndian(quint32(text.size()), bytes.data() + 4);
    qToLittleEndian(quint64(0), bytes.data() + 8);
    bytes += text;
    for (const char byte : bytes) {
        process.sendRaw(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    EXPECT_TRUE(FakeProcess::waitFor([&] { return attachment->state() == Attachment::State::Attached; }));
}

TEST_F(AttachmentTest, AnotherVersionAndARefusalAreTheEndWithASentence)
{
    QJsonObject other = welcomeOf({});
    other["version"] = 2;
    attach(other);
    EXPECT_EQ(attachment->state(), Attachment::State::Ended);
    EXPECT_TRUE(messages.last().contains("version")) << messages.last().toStdString();
    attach({{"type", "refused"}, {"version", 1}, {"reason", "the token\nis another one"}});
    EXPECT_EQ(attachment->state(), Attachment::State::Ended);
    EXPECT_TRUE(messages.last().contains("the token is another one")) << messages.last().toStdString();
    QTest::qWait(300);
    EXPECT_EQ(process.connections, 2); // it is not tried again
}

TEST_F(AttachmentTest, ListsThatMakeNoSenseAreTheEnd)
{
    const QList<QJsonArray> lists = {
        {tensorOf("", {2, 2})},
        {tensorOf("a", {2, -2})},
        {tensorOf("a", {2, 2.5})},
        {tensorOf("a", {2, "2"})},
        {tensorOf("a", {1e30, 1})},
        {tensorOf("a", {1e15, 1e15})},
        {tensorOf("a", {2, 2}, "i32")},
        {tensorOf("a", {2, 2}), tensorOf("a", {2, 2})},
        {QJsonValue(5)},
        {QJsonObject{{"name", "a"}, {"dtype", "f32"}}},
    };
    for (const QJsonArray &list : lists) {
        attach(welcomeOf(list));
        EXPECT_EQ(attachment->state(), Attachment::State::Ended) << QJsonDocument(list).toJson().toStdString();
        EXPECT_TRUE(attachment->name().isEmpty());
    }
    attach(welcomeOf({tensorOf("a", {2, 2})}, {1}));
    EXPECT_EQ(attachment->state(), Attachment::State::Ended);
    attach(welcomeOf({tensorOf("a", {2, 2})}, {0, 0}));
    EXPECT_EQ(attachment->state(), Attachment::State::Ended);
}

/// Each would take much memory, or more than the tensor has, if it were believed.
TEST_F(AttachmentTest, LiesAboutSizesAreTheEnd)
{
    struct Lie {
        QJsonObject header;
        quint64 bytes;
    };
    for (const quint64 bytes : {quint64(0), quint64(139), quint64(141), quint64(1) << 40, ~quint64(0)}) {
        attach(welcomeOf({tensorOf("a", {7, 5})}));
        auto values = readFirst();
        ASSERT_TRUE(process.waitForRequest("get"));
        process.send({{"type", "tensor"}, {"id", process.requests.last()["id"]}, {"tensor", 0}}, {}, bytes);
        ASSERT_TRUE(waitForEnd()) << bytes;
        ASSERT_TRUE(isReady(values));
        EXPECT_FALSE(values.get());
    }
    const QList<Lie> lies = {
        {{{"type", "welcome"}, {"version", 1}}, 0}, // a second one
        {{{"type", "bye"}}, 1},
        {{{"type", "later"}}, (quint64(1) << 30) + 1},
        {{{"type", "tensor"}, {"id", 77}, {"tensor", 0}}, 140}, // nobody asked
        {{{"type", "training"}, {"step", -1}}, 0},
        {{{"type", "training"}, {"step", 1e30}}, 0},
        {{{"type", "training"}, {"step", 1}}, 1},
        {{{"type", "training"}, {"step", 1}, {"mask", QJsonObject{{"tensor", 0}, {"step", 1}}}}, 4},
        {{{"type", "training"}, {"step", 1}, {"mask", QJsonObject{{"tensor", 1}, {"step", 1}}}}, 5},
        {{{"type", "training"}, {"step", 1}, {"refreshes", QJsonArray{QJsonObject{{"step", 1}, {"flips", QJsonArray{}}}}}},
         0},
        {{{"type", "training"},
          {"step", 1},
          {"refreshes", QJsonArray{QJsonObject{{"step", 1}, {"flips", QJsonArray{1.5}}}}}},
         0},
    };
    for (const Lie &lie : lies) {
        attach(welcomeOf({tensorOf("a", {7, 5}), tensorOf("b", {7, 5})}, {0}));
        process.send(lie.header, {}, lie.bytes);
        EXPECT_TRUE(waitForEnd()) << QJsonDocument(lie.header).toJson().toStdString();
    }
    QByteArray prefix("NMSV");
    prefix.resize(16, '\xff');
    for (const QByteArray &bytes : {prefix, QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n")}) {
        attach(welcomeOf({}));
        process.sendRaw(bytes);
        EXPECT_TRUE(waitForEnd());
    }
    for (const QByteArray &text :
         {QByteArray("{{{"), QByteArray("[]"), QByteArray("{}"), QByteArray(100'000, '['), QByteArray()}) {
        attach(welcomeOf({}));
        process.sendText(text);
        EXPECT_TRUE(waitForEnd());
    }
}

TEST_F(AttachmentTest, AReadIsFailedWhenTheProcessDiesAndTheConnectionIsMadeAgain)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    QSignalSpy attached(attachment.get(), &Attachment::attached);
    auto values = readFirst();
    ASSERT_TRUE(process.waitForRequest("get"));
    process.sendRaw(QByteArray("NMSV").leftJustified(10, '\0')); // half a message
    process.die();
    ASSERT_TRUE(isReady(values));
    const auto read = values.get();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Io);
    EXPECT_NE(read.error().line().find("the connection"), std::string::npos) << read.error().line();
    ASSERT_TRUE(FakeProcess::waitFor([&] { return attached.count() == 1; }));
    EXPECT_FALSE(attached[0][0].toBool()); // the same tensors
    values = readFirst();
    ASSERT_TRUE(process.waitForRequest("get"));
    process.send({{"type", "tensor"}, {"id", process.requests.last()["id"]}, {"tensor", 0}}, countingValues(35));
    ASSERT_TRUE(isReady(values));
    EXPECT_TRUE(values.get());
    EXPECT_EQ(process.connections, 2);
}

TEST_F(AttachmentTest, AfterAReturnWithOtherTensorsThoseCount)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    QSignalSpy attached(attachment.get(), &Attachment::attached);
    process.onRequest = [this](const QJsonObject &) {
        process.send(welcomeOf({tensorOf("b", {3, 3})}));
    };
    process.die();
    ASSERT_TRUE(FakeProcess::waitFor([&] { return attached.count() == 1; }));
    EXPECT_TRUE(attached[0][0].toBool());
    const auto source = openWeights(attachment->name().toStdString());
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->tensors()[0].path, "b");
}

TEST_F(AttachmentTest, SilenceInTheMiddleEndsTheConnectionAndSilenceBetweenDoesNot)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    attachment->setPatience(std::chrono::milliseconds(200), std::chrono::milliseconds(50));
    QTest::qWait(600);
    EXPECT_EQ(process.connections, 1);
    auto values = readFirst(); // is not answered
    ASSERT_TRUE(isReady(values));
    EXPECT_FALSE(values.get());
    EXPECT_TRUE(FakeProcess::waitFor([&] { return process.connections == 2; }));
}

TEST_F(AttachmentTest, GoodbyeIsTheEndAndReadsAreStopped)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    std::stop_source stop;
    auto stopped = readFirst(stop.get_token());
    ASSERT_TRUE(process.waitForRequest("get"));
    stop.request_stop();
    ASSERT_TRUE(isReady(stopped));
    EXPECT_EQ(stopped.get().error().kind, ErrorKind::Cancelled);
    auto values = readFirst();
    ASSERT_TRUE(FakeProcess::waitFor([&] { return process.requests.size() == 3; }));
    process.send({{"type", "failed"}, {"id", process.requests.last()["id"]}, {"reason", "it is gone"}});
    ASSERT_TRUE(isReady(values));
    EXPECT_NE(values.get().error().line().find("it is gone"), std::string::npos);
    process.send({{"type", "bye"}});
    ASSERT_TRUE(waitForEnd());
    values = readFirst();
    ASSERT_TRUE(isReady(values));
    EXPECT_EQ(values.get().error().kind, ErrorKind::Io);
    QTest::qWait(200);
    EXPECT_EQ(process.connections, 1);
}

TEST_F(AttachmentTest, ASourceMayOutliveTheAttachment)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    auto source = openWeights(attachment->name().toStdString());
    ASSERT_TRUE(source);
    const std::string name = attachment->name().toStdString();
    attachment.reset();
    EXPECT_FALSE(openWeights(name));
    const auto read = std::async(std::launch::async, [&] {
                          Matrix<float> values(7, 5);
                          return (*source)->readRows((*source)->tensors()[0], 0, values.span());
                      }).get();
    EXPECT_FALSE(read);
}

TEST_F(AttachmentTest, WhereSharedMemoryCannotBeOpenedBytesAreAskedForOnce)
{
    attach(welcomeOf({tensorOf("a", {7, 5})}));
    auto values = readFirst();
    ASSERT_TRUE(process.waitForRequest("get"));
    process.send({{"type", "tensor"},
                  {"id", process.requests.last()["id"]},
                  {"tensor", 0},
                  {"segment", "/nmscope-none"},
                  {"bytes", 140}});
    ASSERT_TRUE(isReady(values)); // it did not ask for a segment: it does not ask again
    EXPECT_FALSE(values.get());
    EXPECT_TRUE(process.waitForRequest("got"));
}

// --- training -------------------------------------------------------------------------------------------------------

/// Of the 8 × 8 tensor: scattered, so that masks differ in what they keep.
float valueAt(int row, int col)
{
    return float((row * 8 + col) * 37 % 64 + 1);
}

QByteArray tensorValues()
{
    QByteArray bytes;
    for (int row = 0; row < 8; ++row)
        for (int col = 0; col < 8; ++col) {
            const float value = valueAt(row, col);
            bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
        }
    return bytes;
}

/// The bits of a 4 × 4 mask, tile by tile the same, of an 8 × 8 tensor.
QByteArray maskBits(bool isFlipped)
{
    QByteArray bytes;
    for (int row = 0; row < 8; ++row)
        bytes.append(char((row % 2 == 0) != isFlipped ? 0x33 : 0xcc)); // 2 of every 4, along rows and columns
    return bytes;
}

class TrainingFollowerTest : public AttachmentTest
{
protected:
    TrainingFollowerTest() : workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}) { }

    void SetUp() override
    {
        AttachmentTest::SetUp();
        attach(welcomeOf({tensorOf("a.weight", {8, 8}), tensorOf("b.weight", {8, 8})}, {0}));
        follower = std::make_unique<TrainingFollower>(*attachment, workspace);
        process.onRequest = [this](const QJsonObject &request) {
            if (request["type"].toString() == QLatin1String("get"))
                process.send({{"type", "tensor"}, {"id", request["id"]}, {"tensor", 0}}, tensorValues());
        };
        SolveOptions options = workspace.options();
        options.pattern = {2, 4};
        workspace.setOptions(options);
        workspace.openFile(attachment->name());
        ASSERT_TRUE(FakeProcess::waitFor([&] { return workspace.tensor() != nullptr; }));
        ASSERT_TRUE(FakeProcess::waitFor(
            [&] { return process.requests.last()["type"] == "watch" && process.requests.last()["tensor"] == 0; }));
    }
    void sendMask(int step, bool isFlipped)
    {
        const QJsonObject refresh{{"step", step}, {"flips", QJsonArray{isFlipped ? 1.0 : 0.25}}};
        process.send({{"type", "training"},
                      {"step", step + 1},
                      {"refreshes", QJsonArray{refresh}},
                      {"mask", QJsonObject{{"tensor", 0}, {"step", step}}}},
                     maskBits(isFlipped));
    }
    bool waitForMask(int step)
    {
        return FakeProcess::waitFor([&] { return training().isThere() && training().maskStep() == step; });
    }
    TrainingView &training() { return TrainingView::of(workspace); }

    Workspace workspace;
    std::unique_ptr<TrainingFollower> follower;
};

TEST_F(TrainingFollowerTest, MasksOfTheOpenLayerAreShownWithTrueFigures)
{
    EXPECT_EQ(workspace.tensor()->info.path, "a.weight");
    sendMask(4, false);
    ASSERT_TRUE(waitForMask(4));
    EXPECT_TRUE(training().isShown());
    const auto mask = training().mask();
    double objective = 0;
    for (int row = 0; row < 8; ++row)
        for (int col = 0; col < 8; ++col) {
            const bool isKept = (row % 2 == 0) == (col % 4 < 2);
            EXPECT_EQ(mask->mask.at(row, col), isKept) << row << ", " << col;
            objective += isKept ? double(valueAt(row, col)) : 0;
        }
    EXPECT_DOUBLE_EQ(mask->totals().objective, objective);
    EXPECT_DOUBLE_EQ(mask->totals().upperBound, 356 + 388 + 356 + 324); // of the four tiles, by trying all 90 masks of each
    EXPECT_NEAR(mask->totals().relativeGap, 1 - 976.0 / 1424, 1e-12);
    ASSERT_EQ(attachment->refreshes().size(), 1U);
    EXPECT_FLOAT_EQ(attachment->refreshes()[0].flips[0], 0.25F);
    EXPECT_EQ(training().status().iteration, 5);
}

TEST_F(TrainingFollowerTest, TheTimelineIsTheTraining)
{
    for (const int step : {2, 4, 6}) {
        sendMask(step, step == 4);
        ASSERT_TRUE(waitForMask(step));
    }
    Transport &transport = Transport::of(workspace);
    EXPECT_TRUE(transport.isPlaying());
    EXPECT_EQ(transport.shown(), 7);
    transport.scrubTo(5);
    EXPECT_EQ(training().maskStep(), 4);
    EXPECT_EQ(transport.shown(), 5);
    EXPECT_FALSE(training().mask()->mask.at(0, 0));
    sendMask(8, true);
    ASSERT_TRUE(FakeProcess::waitFor([&] { return training().maskCount() == 4; }));
    EXPECT_EQ(transport.shown(), 5); // it stays where one looks
    transport.scrubTo(0);
    EXPECT_EQ(transport.shown(), 2);
    transport.followLive();
    EXPECT_EQ(training().maskStep(), 8);
    transport.toggle(); // pauses the view
    EXPECT_FALSE(transport.isPlaying());
    EXPECT_EQ(transport.shown(), 9);
    transport.followLive();
    process.send({{"type", "training"}, {"step", 9}, {"ended", true}});
    ASSERT_TRUE(FakeProcess::waitFor([&] { return attachment->isTrainingEnded(); }));
    EXPECT_EQ(transport.status().state, SessionState::Finished);
}

TEST_F(TrainingFollowerTest, ARunOfTheWindowIsShownInsteadWhenItIsWanted)
{
    sendMask(1, false);
    ASSERT_TRUE(waitForMask(1));
    Transport::of(workspace).restart();
    EXPECT_FALSE(training().isShown());
    ASSERT_TRUE(FakeProcess::waitFor([&] { return workspace.sessionStatus().state == SessionState::Finished; }));
    EXPECT_EQ(Transport::of(workspace).status().iteration, workspace.sessionStatus().iteration);
    sendMask(2, true);
    ASSERT_TRUE(waitForMask(2));
    EXPECT_FALSE(training().isShown());
    training().setWanted(true);
    EXPECT_TRUE(training().isShown());
}

TEST_F(TrainingFollowerTest, AnotherLayerHasOtherMasksOrNone)
{
    sendMask(1, false);
    ASSERT_TRUE(waitForMask(1));
    process.onRequest = [this](const QJsonObject &request) {
        if (request["type"].toString() == QLatin1String("get"))
            process.send({{"type", "tensor"}, {"id", request["id"]}, {"tensor", request["tensor"]}}, tensorValues());
    };
    workspace.selectTensor(attachment->name(), "b.weight");
    ASSERT_TRUE(FakeProcess::waitFor([&] { return workspace.tensor()->info.path == "b.weight"; }));
    EXPECT_FALSE(training().isThere());
    ASSERT_TRUE(FakeProcess::waitFor(
        [&] { return process.requests.last()["type"] == "watch" && process.requests.last()["tensor"].isNull(); }));
}

TEST_F(TrainingFollowerTest, AfterALossTheMaskIsAskedForAgainAndHistoryIsToldOnce)
{
    sendMask(1, false);
    ASSERT_TRUE(waitForMask(1));
    process.onRequest = [this](const QJsonObject &request) {
        if (request["type"].toString() == QLatin1String("hello"))
            process.send(welcomeOf({tensorOf("a.weight", {8, 8}), tensorOf("b.weight", {8, 8})}, {0}));
    };
    process.die();
    process.requests.clear();
    ASSERT_TRUE(process.waitForRequest("watch"));
    EXPECT_EQ(process.connections, 2);
    EXPECT_EQ(process.requests.last()["tensor"].toInt(-1), 0);
    EXPECT_TRUE(training().isThere()); // what was seen stays
    sendMask(1, false);
    sendMask(2, true);
    ASSERT_TRUE(waitForMask(2));
    EXPECT_EQ(attachment->refreshes().size(), 2U);
}

} // namespace
} // namespace nms
