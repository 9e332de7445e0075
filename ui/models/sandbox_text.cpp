// SPDX-License-Identifier: Apache-2.0
#include "ui/models/sandbox_text.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

using Step = TileIterate::Step;

QString tr(const char *text)
{
    return QCoreApplication::translate("Sandbox", text);
}

QString nameOfStep(Step step)
{
    switch (step) {
    case Step::Rows:
        return tr("rows scaled");
    case Step::Columns:
        return tr("columns scaled");
    case Step::Caps:
        return tr("cut at the caps");
    case Step::Mask:
        return tr("rounded");
    default:
        return {};
    }
}

QString unitOf(Step step)
{
    switch (step) {
    case Step::Augmentation:
        return tr("path %1 of %2");
    case Step::Entry:
        return tr("entry %1 of %2");
    case Step::Decision:
    case Step::Mask:
        return tr("decision %1 of %2");
    default:
        return tr("iteration %1 of %2");
    }
}

} // namespace

QString placeText(const TileHistory &history, int index)
{
    const TileIterate &iterate = history.iterates[std::size_t(index)], &last = history.iterates.back();
    if (iterate.step == Step::Start)
        return tr("start");
    const bool isIterative = history.iterates.size() > 1 && history.iterates[1].step == Step::Iteration;
    const QString unit = isIterative ? tr("iteration %1 of %2") : unitOf(iterate.step);
    const QString step = nameOfStep(iterate.step);
    return unit.arg(iterate.iteration).arg(last.iteration) + (step.isEmpty() ? QString() : QStringLiteral(", ") + step);
}

QString stateText(const TileProblem &tile, const TileHistory &history, int index)
{
    const TileIterate &iterate = history.iterates[std::size_t(index)];
    double mostCap = 1;
    for (std::int64_t k = 0; k < tile.caps.size(); ++k)
        if (std::isfinite(tile.caps.data()[k]))
            mostCap = std::max(mostCap, tile.caps.data()[k]);
    if (iterate.residual() > sandboxTolerance)
        return tr("%1 are missed by up to %2")
            .arg(iterate.rowResidual > iterate.columnResidual ? tr("Row sums") : tr("Column sums"),
                 format::percent(iterate.residual()));
    if (iterate.capExcess > sandboxTolerance * mostCap)
        return tr("Caps are exceeded by up to %1").arg(format::real(iterate.capExcess));
    const double gap = history.gap(iterate);
    if (gap <= 1e-6)
        return tr("Optimal");
    return tr("%1 below the optimum").arg(format::percent(gap));
}

} // namespace nms
