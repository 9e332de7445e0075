// SPDX-License-Identifier: Apache-2.0
#include "ui/models/breakpoint_text.h"

#include "core/view/tile_figure.h"
#include "ui/models/format.h"

#include <QCoreApplication>
#include <QStringList>

namespace nms {

static QString tr(const char *text)
{
    return QCoreApplication::translate("nms::Breakpoint", text);
}

static QString nameOfFigure(TileFigure figure)
{
    return QString::fromUtf8(nameOf(figure));
}

static QString limitText(double limit)
{
    return QString::fromStdString(withoutTrailingZeros(formatPercent(limit)));
}

static QString ofTile(const std::optional<std::int64_t> &tile, const TileGrid &grid)
{
    if (!tile || grid.tileCols() < 1)
        return {};
    return QLatin1Char(' ') + tr("of tile %1, %2").arg(grid.rowOf(*tile)).arg(grid.colOf(*tile));
}

QString conditionText(const Breakpoint &breakpoint, const TileGrid &grid)
{
    QStringList conditions;
    const auto add = [&](TileFigure figure, const std::optional<double> &limit) {
        if (limit)
            conditions << tr("%1 < %2").arg(nameOfFigure(figure), limitText(*limit));
    };
    add(TileFigure::Residual, breakpoint.residualBelow);
    add(TileFigure::PlanGap, breakpoint.planGapBelow);
    add(TileFigure::MaskGap, breakpoint.maskGapBelow);
    if (!conditions.isEmpty())
        conditions.back() += ofTile(breakpoint.tile, grid);
    if (breakpoint.notFinite)
        conditions << tr("NaN or overflow");
    if (breakpoint.iteration)
        conditions << tr("iteration %1").arg(*breakpoint.iteration);
    if (conditions.size() > 1)
        conditions.back().prepend(tr("or "));
    return conditions.join(QStringLiteral(", "));
}

QString hitText(const BreakpointHit &hit, const TileGrid &grid)
{
    const auto fallen = [&](TileFigure figure) {
        return tr("Paused at iteration %1: %2 %3%4 is below %5")
            .arg(hit.iteration)
            .arg(nameOfFigure(figure), format::share(hit.value), ofTile(hit.tile, grid), limitText(hit.limit));
    };
    switch (hit.reason) {
    case BreakpointHit::Reason::Residual:
        return fallen(TileFigure::Residual);
    case BreakpointHit::Reason::PlanGap:
        return fallen(TileFigure::PlanGap);
    case BreakpointHit::Reason::MaskGap:
        return fallen(TileFigure::MaskGap);
    case BreakpointHit::Reason::NotFinite:
        return tr("Paused at iteration %1: a residual, an objective or a bound is NaN or infinite; lower τ, or look for "
                  "very large weights")
            .arg(hit.iteration);
    case BreakpointHit::Reason::Iteration:
        break;
    }
    return tr("Paused at iteration %1, as the breakpoint says").arg(hit.iteration);
}

} // namespace nms
