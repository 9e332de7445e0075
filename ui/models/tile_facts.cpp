// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_facts.h"

#include "ui/models/format.h"
#include "ui/models/workspace.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <vector>

namespace nms {

static bool holdsTile(const TileRegion &region, std::int64_t tileRow, std::int64_t tileCol)
{
    return tileRow >= region.tileRow0 && tileRow < region.tileRow1 && tileCol >= region.tileCol0 &&
        tileCol < region.tileCol1;
}

static double largestDeviation(const std::vector<double> &sums, int n)
{
    double worst = 0;
    for (const double sum : sums)
        worst = std::max(worst, std::abs(sum - n) / n);
    return worst;
}

/// UB = n·Σα + n·Σβ + Σ max(0, A − α_i − β_j), padding (score 0) included.
static double boundFrom(const float *potentials, NmPattern pattern, Span2d<const float> score)
{
    double bound = 0;
    for (int i = 0; i < 2 * pattern.m; ++i)
        bound += double(pattern.n) * potentials[i];
    for (int i = 0; i < pattern.m; ++i)
        for (int j = 0; j < pattern.m; ++j) {
            const double value = i < score.rows && j < score.cols ? score(i, j) : 0;
            bound += std::max(0.0, value - potentials[i] - potentials[pattern.m + j]);
        }
    return bound;
}

static void addPlan(TileFacts &facts, const TileGrid &grid, const SolveOptions &options, Span2d<const float> score,
                    const Snapshot &snapshot)
{
    const NmPattern pattern = options.pattern;
    const std::int64_t row = facts.tileRow - snapshot.region.tileRow0;
    const std::int64_t col = facts.tileCol - snapshot.region.tileCol0;
    const Matrix<float> plan = snapshot.plan.block(row * grid.m, col * grid.m, score.rows, score.cols);
    std::vector<double> rowSums(std::size_t(score.rows));
    std::vector<double> colSums(std::size_t(score.cols));
    double objective = 0;
    int undecided = 0;
    for (std::int64_t i = 0; i < plan.rows(); ++i)
        for (std::int64_t j = 0; j < plan.cols(); ++j) {
            const double value = plan(i, j);
            rowSums[std::size_t(i)] += value;
            colSums[std::size_t(j)] += value;
            objective += value * score(i, j);
            undecided += plan(i, j) > 0.01F && plan(i, j) < 0.99F;
        }
    if (!traitsOf(options.method).provesOptimum || facts.residual == 0)
        facts.planObjective = objective;
    facts.undecided = undecided;
    if (score.rows == grid.m && score.cols == grid.m) {
        // The solver computes the larger of the two in double; the plan shown is rounded to float.
        double rows = largestDeviation(rowSums, pattern.n), columns = largestDeviation(colSums, pattern.n);
        (rows >= columns ? rows : columns) = *facts.residual;
        facts.rowResidual = std::min(rows, *facts.residual);
        facts.columnResidual = std::min(columns, *facts.residual);
    }
    const std::size_t offset = std::size_t(row * snapshot.region.tileCols() + col) * std::size_t(2 * grid.m);
    if (snapshot.potentials.size() >= offset + std::size_t(2 * grid.m))
        facts.planBound = boundFrom(snapshot.potentials.data() + offset, pattern, score);
}

TileFacts tileFacts(const TileFigures &figures, std::int64_t tile, TileFigure rankedBy, const SolveOptions &options,
                    Span2d<const float> score, const Snapshot *snapshot, const Solution *solution)
{
    const TileGrid &grid = figures.grid();
    TileFacts facts;
    facts.tile = tile;
    facts.tileRow = grid.rowOf(tile);
    facts.tileCol = grid.colOf(tile);
    facts.entries = grid.entries(tile);
    const auto known = [&](TileFigure figure) {
        return figures.has(figure) ? std::optional(double(figures.of(tile, figure))) : std::nullopt;
    };
    facts.planGap = known(TileFigure::PlanGap);
    facts.residual = known(TileFigure::Residual);
    facts.planLost = known(TileFigure::PlanLost);
    facts.maskGap = known(TileFigure::MaskGap);
    facts.maskLost = known(TileFigure::MaskLost);
    facts.rankedBy = rankedBy;
    facts.rank = figures.rankOf(tile, rankedBy);
    if (facts.planGap && snapshot && holdsTile(snapshot->region, facts.tileRow, facts.tileCol))
        addPlan(facts, grid, options,
                score.block(facts.tileRow * grid.m, facts.tileCol * grid.m, grid.realRows(tile), grid.realCols(tile)),
                *snapshot);
    if (facts.maskGap && solution) {
        facts.maskObjective = solution->tiles[std::size_t(tile)].objective;
        facts.maskBound = solution->tiles[std::size_t(tile)].upperBound;
    }
    return facts;
}

TileFacts tileFacts(const Workspace &workspace, std::int64_t tile)
{
    const TileFigures figures = TileFigures::of(workspace);
    return tileFacts(figures, tile, figures.rankedBy(workspace), workspace.shownOptions(), workspace.tensor()->score->span(),
                     workspace.shownSnapshot().get(), workspace.shownSolution().get());
}

static QString tr(const char *text)
{
    return QCoreApplication::translate("nms::TileFacts", text);
}

static const QString unknown = QStringLiteral("–");

static FactText amount(const QString &name, const std::optional<double> &value, const QString &hint)
{
    return {name, value ? format::real(*value) : unknown, hint};
}

static FactText share(TileFigure figure, const std::optional<double> &value, VerdictLevel level = VerdictLevel::Neutral)
{
    return {QString::fromUtf8(nameOf(figure)), value ? format::percent(*value) : unknown, QString::fromUtf8(explain(figure)),
            level};
}

FactTexts factTexts(const TileFacts &facts, std::int64_t tiles, const SolveOptions &options)
{
    const auto none = [](const std::optional<double> &gap) {
        return gap == 0 ? VerdictLevel::Good : VerdictLevel::Neutral;
    };
    const auto within = [&](const std::optional<double> &residual) {
        return !residual                          ? VerdictLevel::Neutral
            : *residual > options.residualLimit() ? VerdictLevel::Warning
                                                  : VerdictLevel::Good;
    };
    FactTexts texts;
    texts.plan = {amount(tr("plan keeps"), facts.planObjective, tr("⟨S, A⟩: what the plan keeps of the tile's scores")),
                  amount(tr("plan bound"), facts.planBound,
                         tr("certified by the plan's potentials: no transposable mask of this tile keeps more")),
                  share(TileFigure::PlanGap, facts.planGap, none(facts.planGap)),
                  share(TileFigure::PlanLost, facts.planLost)};
    texts.mask = {amount(tr("mask keeps"), facts.maskObjective, tr("the sum of the scores that the mask keeps")),
                  amount(tr("mask bound"), facts.maskBound,
                         tr("certified when the mask was made: no transposable mask of this tile keeps more")),
                  share(TileFigure::MaskGap, facts.maskGap, none(facts.maskGap)),
                  share(TileFigure::MaskLost, facts.maskLost)};
    texts.lines = {share(TileFigure::Residual, facts.residual, within(facts.residual)),
                   {tr("row residual"), facts.rowResidual ? format::percent(*facts.rowResidual) : unknown,
                    tr("largest |row sum − N| / N of the plan; not told at the edge, where padding takes a share"),
                    within(facts.rowResidual)},
                   {tr("column residual"), facts.columnResidual ? format::percent(*facts.columnResidual) : unknown,
                    tr("largest |column sum − N| / N of the plan; not told at the edge, where padding takes a share"),
                    within(facts.columnResidual)}};
    texts.undecided = {QString::fromUtf8(nameOf(TileFigure::Undecided)),
                       facts.undecided ? tr("%1 of %2").arg(*facts.undecided).arg(facts.entries) : unknown,
                       tr("entries of the plan between 0.01 and 0.99")};
    texts.rank = {tr("rank by %1").arg(QString::fromUtf8(nameOf(facts.rankedBy))),
                  facts.rank ? tr("%1 of %2").arg(format::count(*facts.rank), format::count(tiles)) : unknown,
                  tr("1 is the tile with the most of it; tiles alike share a rank. The head of the Tiles table chooses "
                     "by what")};
    return texts;
}

} // namespace nms
