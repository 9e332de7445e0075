// SPDX-License-Identifier: Apache-2.0
#include "ui/models/session_file.h"
#include "ui/models/session_names.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <limits>

namespace nms {

using namespace session;

namespace {

constexpr int mostFiles = 10000;
constexpr int mostRuns = 10000;
constexpr double largestNumber = 1e300;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

class Reader
{
public:
    explicit Reader(const QString &folder) : m_folder(folder) { }

    /// The file beside the session file if it is there, otherwise the one at the absolute path.
    QString file(const JsonPlace &place) const
    {
        const QString relative = place["path"].text(), absolute = place["absolute"].text();
        if (relative.isEmpty() && absolute.isEmpty())
            place.fail(QStringLiteral("names no file"));
        if (relative.contains(QChar::Null) || absolute.contains(QChar::Null))
            place.fail(QStringLiteral("is not a file name"));
        const QString near = QDir::cleanPath(m_folder.absoluteFilePath(relative));
        const bool isNear = !relative.isEmpty() && (absolute.isEmpty() || QFileInfo::exists(near));
        return isNear ? near : absolute;
    }

    static SolveOptions options(const JsonPlace &place)
    {
        SolveOptions options;
        const JsonPlace pattern = place["pattern"];
        if (const auto parsed = NmPattern::parse(pattern.text(text(options.pattern.text())).toStdString()))
            options.pattern = *parsed;
        else
            pattern.fail(QStringLiteral("is not a pattern such as 8:16"));
        constexpr int most = std::numeric_limits<int>::max();
        options.method = methodNames().read(place["method"], options.method);
        options.tau = place["tau"].number(options.tau, 0, largestNumber);
        options.iterations = int(place["iterations"].integer(options.iterations, 1, most));
        options.tolerance = place["tolerance"].number(options.tolerance, 0, 1);
        options.threads = int(place["threads"].integer(options.threads, 0, most));
        options.residualWarning = place["residual_warning"].number(options.residualWarning, 0, largestNumber);
        if (const JsonPlace start = place["warm_start"]; start.isThere())
            options.warmStart = methodNames().read(start, options.method);
        if (const JsonPlace swaps = place["paper_swaps"]; swaps.isThere())
            options.paperSwaps = int(swaps.integer(0, 0, most));
        bool isNumber = false;
        options.seed = place["seed"].text(QString::number(options.seed)).toULongLong(&isNumber);
        if (!isNumber)
            place["seed"].fail(QStringLiteral("is not a whole number in quotes"));
        if (const Status status = options.validate(); !status)
            place.fail(QString::fromStdString(status.error().line()));
        return options;
    }

    RunSettings settings(const JsonPlace &place) const
    {
        RunSettings settings;
        settings.options = options(place["options"]);
        const JsonPlace score = place["score"];
        settings.score.kind = scoreKinds().read(score["kind"], settings.score.kind);
        if (settings.score.kind == jobs::ScoreChoice::Kind::Rule)
            settings.score.rule = score["rule"].text(text(settings.score.rule)).toStdString();
        else
            settings.score.file = QFile::encodeName(file(score["file"])).toStdString();
        settings.backend = place["backend"].text();
        return settings;
    }

    KeptRun run(const JsonPlace &place) const
    {
        constexpr int most = std::numeric_limits<int>::max();
        KeptRun run;
        run.name = place["name"].text().simplified();
        run.isPinned = place["pinned"].boolean(false);
        run.isTicked = place["ticked"].boolean(false);
        run.setup = {file(place["file"]), place["tensor"].text(), settings(place["settings"])};
        run.isFinished = place["finished"].boolean(true);
        run.iteration = int(place["iteration"].integer(0, 0, most));
        run.plannedIterations = int(place["planned_iterations"].integer(-1, -1, most));
        run.seconds = place["seconds"].number(0, 0, largestNumber);
        run.ended = QDateTime::fromString(place["ended"].text(), Qt::ISODateWithMs).toLocalTime();
        run.scoreTotal = place["score_total"].number(unknown, 0, largestNumber);
        run.keptShare = place["kept_share"].number(unknown, -largestNumber, largestNumber);
        run.gap = place["gap"].number(unknown, -largestNumber, largestNumber);
        run.scoreTitle = place["score_title"].text(QStringLiteral("|W|"));
        run.verdict.text = place["verdict"].text();
        run.verdict.level = levelNames().read(place["verdict_level"], VerdictLevel::Neutral);
        run.statistics = std::make_shared<std::vector<IterationStats>>(statistics(place["statistics"]));
        return run;
    }

private:
    static std::vector<IterationStats> statistics(const JsonPlace &place)
    {
        std::vector<IterationStats> result;
        for (const JsonPlace &row : place.items(int(mostKeptIterations))) {
            const std::vector<JsonPlace> values = row.items(6);
            if (values.size() != 6) {
                row.fail(QStringLiteral("does not have 6 numbers"));
                return {};
            }
            IterationStats stats;
            const int last = result.empty() ? 0 : result.back().iteration;
            stats.iteration = int(values[0].integer(last + qint64(1), last + qint64(1), std::numeric_limits<int>::max()));
            stats.rowResidual = values[1].number(0, 0, largestNumber);
            stats.columnResidual = values[2].number(0, 0, largestNumber);
            stats.capacityResidual = values[3].number(0, 0, largestNumber);
            stats.objective = values[4].number(0, -largestNumber, largestNumber);
            stats.upperBound = values[5].number(0, -largestNumber, largestNumber);
            result.push_back(stats);
        }
        return result;
    }

    QDir m_folder;
};

SavedSession sessionOf(const JsonPlace &root, const Reader &reader)
{
    SavedSession session;
    for (const JsonPlace &file : root["files"].items(mostFiles))
        session.files << reader.file(file);
    if (const JsonPlace tensor = root["tensor"]; tensor.isThere()) {
        session.tensorFile = reader.file(tensor["file"]);
        session.tensorPath = tensor["path"].text();
    }
    session.settings = reader.settings(root["settings"]);
    session.view = viewNames().read(root["view"], session.view);
    if (const JsonPlace figure = root["rank_figure"]; figure.isThere())
        session.rankFigure = figureNames().read(figure, TileFigure::MaskGap);
    if (const JsonPlace tile = root["tile"]; tile.isThere())
        session.tile = tile.integer(0, 0, std::numeric_limits<qint64>::max());
    if (const JsonPlace camera = root["camera"]; camera.isThere())
        session.camera =
            CameraPlace{{camera["row"].number(0, -1e12, 1e12), camera["column"].number(0, -1e12, 1e12)},
                        camera["pixels_per_cell"].number(1, Camera::minPixelsPerCell, Camera::maxPixelsPerCell)};
    for (const JsonPlace &run : root["runs"].items(mostRuns))
        session.runs.push_back(reader.run(run));
    return session;
}

} // namespace

Result<SavedSession> sessionFromJson(const QByteArray &json, const QString &fileName)
{
    const auto invalid = [&fileName](const QString &what) {
        return fail(ErrorKind::Input, fileName.toStdString(), what.toStdString(), "open a session that nmscope has saved");
    };
    if (json.size() > largestSessionFile)
        return invalid(QStringLiteral("has %1 bytes, more than any session").arg(json.size()));
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError) {
        const qsizetype line = 1 + QByteArrayView(json).first(std::min<qsizetype>(error.offset, json.size())).count('\n');
        return invalid(QStringLiteral("line %1 is not JSON: %2").arg(line).arg(error.errorString()));
    }
    std::optional<QString> fault;
    const JsonPlace root(document.isObject() ? QJsonValue(document.object()) : QJsonValue(document.array()), {}, fault);
    if (root["format"].text() != formatName)
        root.fail(QStringLiteral("is not a session of nmscope"));
    else if (!root["version"].isThere())
        root.fail(QStringLiteral("has no version"));
    else if (root["version"].integer(1, 1, 1 << 30) > sessionVersion)
        root.fail(QStringLiteral("was saved by a newer nmscope"));
    if (fault)
        return invalid(*fault);
    const SavedSession session = sessionOf(root, Reader(QFileInfo(fileName).absolutePath()));
    if (fault)
        return invalid(*fault);
    return session;
}

Result<SavedSession> readSession(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Io, fileName.toStdString(), "cannot be read: " + file.errorString().toStdString());
    return sessionFromJson(file.read(largestSessionFile + 1), fileName);
}

} // namespace nms
