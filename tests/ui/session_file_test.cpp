// SPDX-License-Identifier: Apache-2.0
// Session files as nmscope writes them, and as nobody should.
#include "ui/models/session_file.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace nms;

namespace {

SavedSession example()
{
    SavedSession session;
    session.files = {QStringLiteral("/data/model/a.safetensors"), QString::fromUtf8("/data/größe \"x\".h5")};
    session.tensorFile = session.files[1];
    session.tensorPath = QString::fromUtf8("layer/0/ö");
    session.settings.options.method = Method::Dykstra;
    session.settings.options.warmStart = Method::Capped;
    session.settings.options.paperSwaps = 10;
    session.settings.options.seed = std::numeric_limits<std::uint64_t>::max();
    session.settings.options.tau = 1.0 / 3;
    session.settings.score = {jobs::ScoreChoice::Kind::Wanda, "abs", "/data/calibration.npy"};
    session.settings.backend = QStringLiteral("cuda:0");
    session.view = MatrixView::Plan;
    session.rankFigure = TileFigure::PlanLost;
    session.tile = 123456789012;
    session.camera = CameraPlace{{-1.5, 1e6}, 0.01};
    for (int i = 0; i < 3; ++i) {
        KeptRun run;
        run.name = QStringLiteral("Run %1").arg(i);
        run.isPinned = i == 1;
        run.isTicked = i != 1;
        run.setup = {session.files[0], QStringLiteral("w"), {}};
        run.setup.settings.options.seed = std::uint64_t(i);
        run.isFinished = i != 2;
        run.iteration = 17 * i;
        run.seconds = 0.125 * i;
        run.ended = QDateTime::fromMSecsSinceEpoch(1700000000123 + i);
        run.scoreTotal = 1000.0 / 7;
        run.keptShare = i == 0 ? std::numeric_limits<double>::quiet_NaN() : 0.75;
        run.gap = 1e-9;
        run.verdict = {VerdictLevel::Good, QStringLiteral("proven"), {}};
        std::vector<IterationStats> statistics(std::size_t(5 * i));
        for (std::size_t k = 0; k < statistics.size(); ++k) {
            statistics[k].iteration = int(k) + 1;
            statistics[k].rowResidual = 0.1 * double(k);
            statistics[k].objective = -1.0 / double(k + 1);
        }
        run.statistics = std::make_shared<const std::vector<IterationStats>>(statistics);
        session.runs.push_back(run);
    }
    return session;
}

TEST(SessionFile, ComesBackAsItWas)
{
    const SavedSession was = example();
    const Result<SavedSession> is =
        sessionFromJson(sessionToJson(was, QStringLiteral("/data")), QStringLiteral("/data/s.nmscope"));
    ASSERT_TRUE(is) << is.error().line();
    EXPECT_EQ(is->files, was.files);
    EXPECT_EQ(is->tensorFile, was.tensorFile);
    EXPECT_EQ(is->tensorPath, was.tensorPath);
    EXPECT_EQ(is->settings, was.settings);
    EXPECT_EQ(is->view, was.view);
    EXPECT_EQ(is->rankFigure, was.rankFigure);
    EXPECT_EQ(is->tile, was.tile);
    EXPECT_EQ(is->camera, was.camera);
    ASSERT_EQ(is->runs.size(), was.runs.size());
    for (std::size_t i = 0; i < was.runs.size(); ++i) {
        EXPECT_EQ(is->runs[i].setup, was.runs[i].setup);
        EXPECT_EQ(is->runs[i].iteration, was.runs[i].iteration);
        EXPECT_EQ(is->runs[i].ended, was.runs[i].ended);
        EXPECT_EQ(is->runs[i].scoreTotal, was.runs[i].scoreTotal);
        EXPECT_EQ(std::isnan(is->runs[i].keptShare), std::isnan(was.runs[i].keptShare));
        ASSERT_EQ(is->runs[i].statistics->size(), was.runs[i].statistics->size());
        for (std::size_t k = 0; k < was.runs[i].statistics->size(); ++k) {
            EXPECT_EQ((*is->runs[i].statistics)[k].rowResidual, (*was.runs[i].statistics)[k].rowResidual);
            EXPECT_EQ((*is->runs[i].statistics)[k].objective, (*was.runs[i].statistics)[k].objective);
        }
    }
}

TEST(SessionFile, FilesAreFoundBesideItOrWhereTheyWere)
{
    QTemporaryDir home;
    ASSERT_TRUE(QDir(home.path()).mkpath(QStringLiteral("a/weights")));
    SavedSession session;
    session.files = {home.filePath(QStringLiteral("a/weights/w.h5")), home.filePath(QStringLiteral("elsewhere.h5"))};
    for (const QString &name : session.files) {
        QFile file(name);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    }
    const QByteArray json = sessionToJson(session, home.filePath(QStringLiteral("a")));
    ASSERT_TRUE(QDir(home.path()).rename(QStringLiteral("a"), QStringLiteral("b")));
    const auto moved = sessionFromJson(json, home.filePath(QStringLiteral("b/s.nmscope")));
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->files[0], home.filePath(QStringLiteral("b/weights/w.h5")));
    EXPECT_EQ(moved->files[1], session.files[1]);
    QTemporaryDir other;
    const auto far = sessionFromJson(json, other.filePath(QStringLiteral("s.nmscope")));
    ASSERT_TRUE(far);
    EXPECT_EQ(far->files, session.files) << "the absolute paths";
}

TEST(SessionFile, SaysWhereItIsWrong)
{
    const QJsonObject good = QJsonDocument::fromJson(sessionToJson(example(), QStringLiteral("/data"))).object();
    const auto errorOf = [](const QByteArray &json) {
        const auto read = sessionFromJson(json, QStringLiteral("/data/s.nmscope"));
        return read ? std::string("none") : read.error().line();
    };
    const auto contains = [](const std::string &text, const char *part) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
        EXPECT_EQ(text.find("/data/s.nmscope: "), 0U) << text;
    };
    contains(errorOf(""), "line 1 is not JSON");
    contains(errorOf("{\n\"format\": \n\n]"), "line 4 is not JSON");
    contains(errorOf("[]"), "is not an object");
    contains(errorOf("{}"), "is not a session of nmscope");
    contains(errorOf(QByteArray(100000, '[')), "is not JSON");
    contains(errorOf(QByteArray(largestSessionFile + 1, ' ')), "more than any session");
    QJsonObject odd = good;
    odd[QStringLiteral("version")] = sessionVersion + 1;
    contains(errorOf(QJsonDocument(odd).toJson()), "saved by a newer nmscope");
    odd.remove(QStringLiteral("version"));
    contains(errorOf(QJsonDocument(odd).toJson()), "has no version");

    const auto withRun = [&](const char *key, const QJsonValue &value) {
        QJsonObject session = good;
        QJsonArray runs = session[QStringLiteral("runs")].toArray();
        QJsonObject run = runs[1].toObject();
        run[QString::fromLatin1(key)] = value;
        runs[1] = run;
        session[QStringLiteral("runs")] = runs;
        return QJsonDocument(session).toJson();
    };
    contains(errorOf(withRun("iteration", 1e300)), "runs[1].iteration: is not in [");
    contains(errorOf(withRun("iteration", 1.5)), "runs[1].iteration: is not an integer");
    contains(errorOf(withRun("iteration", QStringLiteral("7"))), "runs[1].iteration: is not a number");
    contains(errorOf(withRun("name", QString(70000, QLatin1Char('x')))), "runs[1].name: is longer than");
    contains(errorOf(withRun("statistics", QJsonArray{QJsonArray{1, 2}})), "runs[1].statistics[0]: does not have 6 numbers");
    contains(errorOf(withRun("settings", QJsonObject{{"options", QJsonObject{{"pattern", "9:8"}}}})),
             "runs[1].settings.options");
    contains(errorOf(withRun("settings", QJsonObject{{"options", QJsonObject{{"method", "magic"}}}})),
             "runs[1].settings.options.method: is not known: \"magic\"");
    QJsonArray many;
    for (int i = 0; i < 10001; ++i)
        many << QJsonObject();
    odd = good;
    odd[QStringLiteral("runs")] = many;
    contains(errorOf(QJsonDocument(odd).toJson()), "runs: has 10001 entries, more than 10000");
}

/// Calls `visit` with a copy of the document for every value in it, replaced by `odd`.
QJsonValue replaced(const QJsonValue &root, const QJsonValue &odd, int &countdown)
{
    if (countdown-- == 0)
        return odd;
    if (root.isObject()) {
        QJsonObject object = root.toObject();
        for (const QString &key : object.keys())
            object[key] = replaced(object[key], odd, countdown);
        return object;
    }
    if (root.isArray()) {
        QJsonArray array = root.toArray();
        for (qsizetype i = 0; i < array.size(); ++i)
            array[i] = replaced(array[i], odd, countdown);
        return array;
    }
    return root;
}

TEST(SessionFile, EveryValueMayBeAnything)
{
    const QJsonObject good = QJsonDocument::fromJson(sessionToJson(example(), QStringLiteral("/data"))).object();
    const QJsonValue oddities[] = {
        QJsonValue(),   -1, 1e308, 0.5, QStringLiteral("x"), QString(), true, QJsonArray{1, 2}, QJsonObject{{"a", 1}},
        qint64(1) << 62};
    int values = 0, refused = 0;
    for (const QJsonValue &odd : oddities)
        for (int at = 1;; ++at) {
            int countdown = at;
            const QJsonValue root = replaced(good, odd, countdown);
            if (countdown >= 0)
                break; // all have been visited
            ++values;
            const auto read = sessionFromJson(QJsonDocument(root.toObject()).toJson(), QStringLiteral("/data/s.nmscope"));
            refused += !read;
            if (read) { // what is accepted is a valid session
                EXPECT_TRUE(read->settings.options.validate());
                for (const KeptRun &run : read->runs)
                    EXPECT_TRUE(run.setup.settings.options.validate() && run.statistics && run.iteration >= 0);
            }
        }
    EXPECT_GT(values, 1500);
    EXPECT_GT(refused, values / 2);
}

TEST(SessionFile, TruncatedAndAlteredFilesAreErrorsAtMost)
{
    const QByteArray good = sessionToJson(example(), QStringLiteral("/data"));
    for (qsizetype size = 0; size < good.size() - 2; ++size) {
        const auto read = sessionFromJson(good.first(size), QStringLiteral("/data/s.nmscope"));
        ASSERT_FALSE(read) << size;
        EXPECT_FALSE(read.error().what.empty());
    }
    std::mt19937 random(1);
    for (int i = 0; i < 5000; ++i) {
        QByteArray altered = good;
        for (int k = 0; k < 1 + i % 3; ++k)
            altered[qsizetype(random() % std::size_t(good.size()))] = char(random());
        if (const auto read = sessionFromJson(altered, QStringLiteral("/data/s.nmscope")))
            EXPECT_TRUE(read->settings.options.validate());
        else
            EXPECT_FALSE(read.error().what.empty());
    }
}

} // namespace
