// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tables.h"

#include "ui/models/mask_comparison.h"
#include "ui/models/prune_run.h"
#include "ui/models/run_list.h"
#include "ui/models/tile_figures.h"
#include "ui/models/workspace.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>
#include <string_view>

namespace nms {

namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// The columns of `nmscope compare --csv`.
Table comparisonTable(const Workspace &workspace)
{
    Table table{{"path", "pattern", "method", "transposable", "kept_magnitude", "relative_gap", "relative_squared_error",
                 "kept_fraction", "objective", "upper_bound", "tiles", "seconds", "backend", "not_converged",
                 "worst_residual", "iterations_mean"},
                {}};
    const auto tensor = workspace.tensor();
    for (const ComparisonRow &row : workspace.comparison())
        table.rows << QVariantList{tensor ? QVariant(text(tensor->info.path)) : QVariant(),
                                   text(row.which.pattern.text()),
                                   text(nameOf(row.which.method)),
                                   row.transposable,
                                   row.metrics.keptMagnitude,
                                   row.totals.relativeGap,
                                   row.metrics.relativeSquaredError,
                                   row.metrics.keptFraction,
                                   row.totals.objective,
                                   row.totals.upperBound,
                                   qlonglong(row.totals.tiles),
                                   row.seconds,
                                   text(row.backend),
                                   qlonglong(row.totals.notConverged),
                                   row.totals.worstResidual,
                                   row.totals.meanIterations()};
    return table;
}

Table tilesTable(const Workspace &workspace)
{
    Table table{{"tile", "tile_row", "tile_col"}, {}};
    const TileFigures figures = TileFigures::of(workspace);
    if (figures.isEmpty())
        return table;
    const std::vector<TileFigure> known = figures.available();
    for (const TileFigure figure : known)
        table.columns << QString::fromLatin1(nameOf(figure)).replace(QLatin1Char(' '), QLatin1Char('_'));
    const TileGrid &grid = figures.grid();
    table.rows.reserve(qsizetype(grid.count()));
    for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
        QVariantList row{qlonglong(tile), qlonglong(grid.rowOf(tile)), qlonglong(grid.colOf(tile))};
        for (const TileFigure figure : known)
            row << double(figures.of(tile, figure));
        table.rows << row;
    }
    return table;
}

Table tensorsTable(const Workspace &workspace)
{
    Table table{{"file", "path", "shape", "dtype", "layout"}, {}};
    for (const OpenFile &file : workspace.files())
        for (const TensorInfo &tensor : file.tensors) {
            QStringList shape;
            for (const std::int64_t side : tensor.shape)
                shape << QString::number(side);
            table.rows << QVariantList{file.fileName, text(tensor.path), shape.join(QLatin1Char('x')),
                                       text(nameOf(tensor.dtype)), text(tensor.layout)};
        }
    return table;
}

Table iterationsTable(const Workspace &workspace)
{
    Table table{{"iteration", "row_residual", "column_residual", "capacity_residual", "mean_residual", "objective",
                 "upper_bound", "entropy", "fractional", "open_tiles", "seconds"},
                {}};
    for (const IterationStats &stats : workspace.iterationStats())
        table.rows << QVariantList{stats.iteration,
                                   stats.rowResidual,
                                   stats.columnResidual,
                                   stats.capacityResidual,
                                   stats.meanResidual,
                                   stats.objective,
                                   stats.upperBound,
                                   stats.entropy,
                                   qlonglong(stats.fractional),
                                   qlonglong(stats.openTiles),
                                   stats.seconds};
    return table;
}

Table pruningsTable(const Workspace &workspace)
{
    Table table{{"framework", "kind", "pattern", "error", "kept_magnitude", "steps", "seconds"}, {}};
    for (const jobs::PruneCaseResult &result : workspace.pruning().comparison())
        table.rows << QVariantList{text(traitsOf(result.which.framework).name),
                                   text(nameOf(result.which.kind)),
                                   text(result.which.pattern.text()),
                                   result.error,
                                   result.keptMagnitude,
                                   result.steps,
                                   result.seconds};
    return table;
}

Table runsTable(const RunList &runs)
{
    Table table{{"name",       "file",         "path",       "pattern", "method", "tau",     "iterations_set",
                 "iterations", "tolerance",    "warm_start", "seed",    "score",  "backend", "finished",
                 "kept_score", "relative_gap", "verdict",    "seconds", "ended",  "pinned",  "ticked"},
                {}};
    for (const RunList::Run &run : runs.all()) {
        const SolveOptions &options = run->setup.settings.options;
        const bool hasTau = isEntropic(options.method);
        table.rows << QVariantList{run->name,
                                   run->setup.file,
                                   run->setup.tensor,
                                   text(options.pattern.text()),
                                   text(nameOf(options.method)),
                                   hasTau ? QVariant(options.tau) : QVariant(),
                                   hasTau ? QVariant(options.iterations) : QVariant(),
                                   run->iteration,
                                   hasTau ? QVariant(options.tolerance) : QVariant(),
                                   options.warmStart ? QVariant(text(nameOf(*options.warmStart))) : QVariant(),
                                   qulonglong(options.seed),
                                   run->scoreTitle,
                                   run->setup.settings.backend,
                                   run->isFinished,
                                   run->keptShare,
                                   run->gap,
                                   run->verdict.text,
                                   run->seconds,
                                   run->ended.toString(Qt::ISODate),
                                   run->isPinned,
                                   run->isTicked};
    }
    return table;
}

/// Null if there is no comparison of masks.
const MaskComparison *maskComparisonOf(const Workspace &workspace)
{
    const auto *comparison = workspace.findChild<MaskComparison *>(QString(), Qt::FindDirectChildrenOnly);
    return comparison && comparison->difference() ? comparison : nullptr;
}

Table differenceTable(const Workspace &workspace)
{
    Table table{{"tile_row", "tile_col", "entries", "only_a", "only_b", "kept_a", "kept_b", "gain"}, {}};
    const MaskComparison *comparison = maskComparisonOf(workspace);
    if (!comparison)
        return table;
    const auto difference = comparison->difference();
    for (std::size_t tile = 0; tile < difference->tiles.size(); ++tile)
        if (const jobs::MaskDifferenceSums &sums = difference->tiles[tile]; sums.entries() > 0)
            table.rows << QVariantList{qlonglong(difference->grid.rowOf(std::int64_t(tile))),
                                       qlonglong(difference->grid.colOf(std::int64_t(tile))),
                                       qlonglong(sums.entries()),
                                       qlonglong(sums.onlyA),
                                       qlonglong(sums.onlyB),
                                       sums.keptA,
                                       sums.keptB,
                                       sums.gain()};
    return table;
}

Table differingEntriesTable(const Workspace &workspace)
{
    Table table{{"row", "col", "kept_by", "score"}, {}};
    const MaskComparison *comparison = maskComparisonOf(workspace);
    const auto tile = workspace.selectedTile();
    if (!comparison || !tile)
        return table;
    const TileGrid from = workspace.grid(), &to = comparison->difference()->grid;
    for (const jobs::DifferingEntry &entry :
         comparison->entriesOf(to.index(from.rowOf(*tile) * from.m / to.m, from.colOf(*tile) * from.m / to.m)))
        table.rows << QVariantList{qlonglong(entry.row), qlonglong(entry.col),
                                   entry.isInA ? QStringLiteral("A") : QStringLiteral("B"), double(entry.score)};
    return table;
}

bool isUnknown(const QVariant &value)
{
    return !value.isValid() || (value.typeId() == QMetaType::Double && !std::isfinite(value.toDouble()));
}

QString csvField(const QVariant &value)
{
    if (isUnknown(value))
        return {};
    if (value.typeId() == QMetaType::Double)
        return QString::number(value.toDouble(), 'g', QLocale::FloatingPointShortest);
    QString field = value.toString();
    if (field.contains(QLatin1Char(',')) || field.contains(QLatin1Char('"')) || field.contains(QLatin1Char('\n')))
        field = QLatin1Char('"') + field.replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"');
    return field;
}

} // namespace

Table tableOf(const Workspace &workspace, TableKind kind)
{
    switch (kind) {
    case TableKind::Comparison:
        return comparisonTable(workspace);
    case TableKind::Tiles:
        return tilesTable(workspace);
    case TableKind::Tensors:
        return tensorsTable(workspace);
    case TableKind::Iterations:
        return iterationsTable(workspace);
    case TableKind::Prunings:
        return pruningsTable(workspace);
    case TableKind::Difference:
        return differenceTable(workspace);
    case TableKind::DifferingEntries:
        return differingEntriesTable(workspace);
    case TableKind::Runs:
        break;
    }
    return runsTable(workspace.runs());
}

QByteArray toCsv(const Table &table)
{
    QByteArray csv = table.columns.join(QLatin1Char(',')).toUtf8() + '\n';
    for (const QVariantList &row : table.rows) {
        QStringList fields;
        for (const QVariant &value : row)
            fields << csvField(value);
        csv += fields.join(QLatin1Char(',')).toUtf8() + '\n';
    }
    return csv;
}

QByteArray toJson(const Table &table)
{
    QJsonArray rows;
    for (const QVariantList &row : table.rows) {
        QJsonObject object;
        for (qsizetype i = 0; i < row.size(); ++i)
            object[table.columns[i]] = isUnknown(row[i]) ? QJsonValue() : QJsonValue::fromVariant(row[i]);
        rows << object;
    }
    return QJsonDocument(rows).toJson();
}

} // namespace nms
