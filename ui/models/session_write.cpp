// SPDX-License-Identifier: Apache-2.0
#include "ui/models/session_file.h"
#include "ui/models/session_names.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <cmath>

namespace nms {

using namespace session;

namespace {

constexpr std::size_t savedIterations = 256; // of each run

QJsonValue orNull(double number)
{
    return std::isfinite(number) ? QJsonValue(number) : QJsonValue();
}

class Writer
{
public:
    explicit Writer(const QString &folder) : m_folder(folder) { }

    QJsonObject file(const QString &name) const
    {
        return {{QStringLiteral("path"), m_folder.relativeFilePath(name)}, {QStringLiteral("absolute"), name}};
    }

    static QJsonObject options(const SolveOptions &options)
    {
        QJsonObject object{{QStringLiteral("pattern"), text(options.pattern.text())},
                           {QStringLiteral("method"), methodNames().of(options.method)},
                           {QStringLiteral("tau"), options.tau},
                           {QStringLiteral("iterations"), options.iterations},
                           {QStringLiteral("tolerance"), options.tolerance},
                           {QStringLiteral("threads"), options.threads},
                           {QStringLiteral("seed"), QString::number(options.seed)}, // too large for a JSON number
                           {QStringLiteral("residual_warning"), options.residualWarning}};
        if (options.warmStart)
            object[QStringLiteral("warm_start")] = methodNames().of(*options.warmStart);
        if (options.paperSwaps)
            object[QStringLiteral("paper_swaps")] = *options.paperSwaps;
        return object;
    }

    QJsonObject settings(const RunSettings &settings) const
    {
        QJsonObject score{{QStringLiteral("kind"), scoreKinds().of(settings.score.kind)}};
        if (settings.score.kind == jobs::ScoreChoice::Kind::Rule)
            score[QStringLiteral("rule")] = text(settings.score.rule);
        else
            score[QStringLiteral("file")] = file(QFile::decodeName(settings.score.file.c_str()));
        return {{QStringLiteral("options"), options(settings.options)},
                {QStringLiteral("score"), score},
                {QStringLiteral("backend"), settings.backend}};
    }

    QJsonObject run(const KeptRun &run) const
    {
        QJsonArray statistics;
        for (const IterationStats &stats : thinned(*run.statistics, savedIterations))
            statistics << QJsonArray{stats.iteration,        stats.rowResidual, stats.columnResidual,
                                     stats.capacityResidual, stats.objective,   stats.upperBound};
        QJsonObject object{{QStringLiteral("name"), run.name},
                           {QStringLiteral("pinned"), run.isPinned},
                           {QStringLiteral("ticked"), run.isTicked},
                           {QStringLiteral("file"), file(run.setup.file)},
                           {QStringLiteral("tensor"), run.setup.tensor},
                           {QStringLiteral("finished"), run.isFinished},
                           {QStringLiteral("iteration"), run.iteration},
                           {QStringLiteral("planned_iterations"), run.plannedIterations},
                           {QStringLiteral("seconds"), run.seconds},
                           {QStringLiteral("ended"), run.ended.toUTC().toString(Qt::ISODateWithMs)},
                           {QStringLiteral("score_total"), orNull(run.scoreTotal)},
                           {QStringLiteral("kept_share"), orNull(run.keptShare)},
                           {QStringLiteral("gap"), orNull(run.gap)},
                           {QStringLiteral("score_title"), run.scoreTitle},
                           {QStringLiteral("verdict"), run.verdict.text},
                           {QStringLiteral("verdict_level"), levelNames().of(run.verdict.level)},
                           {QStringLiteral("statistics"), statistics}};
        object[QStringLiteral("settings")] = settings(run.setup.settings);
        return object;
    }

private:
    QDir m_folder;
};

} // namespace

QByteArray sessionToJson(const SavedSession &session, const QString &folder)
{
    const Writer writer(folder);
    QJsonArray files, runs;
    for (const QString &file : session.files)
        files << writer.file(file);
    for (const KeptRun &run : session.runs)
        runs << writer.run(run);
    QJsonObject root{{QStringLiteral("format"), formatName},
                     {QStringLiteral("version"), sessionVersion},
                     {QStringLiteral("files"), files},
                     {QStringLiteral("settings"), writer.settings(session.settings)},
                     {QStringLiteral("view"), viewNames().of(session.view)},
                     {QStringLiteral("runs"), runs}};
    if (!session.tensorFile.isEmpty())
        root[QStringLiteral("tensor")] = QJsonObject{{QStringLiteral("file"), writer.file(session.tensorFile)},
                                                     {QStringLiteral("path"), session.tensorPath}};
    if (session.rankFigure)
        root[QStringLiteral("rank_figure")] = figureNames().of(*session.rankFigure);
    if (session.tile)
        root[QStringLiteral("tile")] = qint64(*session.tile);
    if (session.camera)
        root[QStringLiteral("camera")] = QJsonObject{{QStringLiteral("row"), session.camera->center.row},
                                                     {QStringLiteral("column"), session.camera->center.col},
                                                     {QStringLiteral("pixels_per_cell"), session.camera->pixelsPerCell}};
    return QJsonDocument(root).toJson();
}

Status writeSession(const SavedSession &session, const QString &fileName)
{
    QSaveFile file(fileName);
    const QByteArray json = sessionToJson(session, QFileInfo(fileName).absolutePath());
    if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
        return fail(ErrorKind::Io, fileName.toStdString(), "cannot be written: " + file.errorString().toStdString());
    return {};
}

} // namespace nms
