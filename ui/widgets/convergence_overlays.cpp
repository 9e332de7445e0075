// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_overlays.h"

#include "ui/models/chart_points.h"
#include "ui/widgets/theme.h"

#include <QChart>
#include <QLineSeries>
#include <QPainter>
#include <QPen>

#include <algorithm>
#include <array>

namespace nms {

ConvergenceOverlays::ConvergenceOverlays(QChart &chart, QAbstractAxis &iterations, QAbstractAxis &values)
    : m_chart(chart), m_iterations(iterations), m_values(values)
{ }

QLineSeries *ConvergenceOverlays::addLine(const QList<QPointF> &points)
{
    auto *line = new QLineSeries(&m_chart);
    line->replace(points);
    m_chart.addSeries(line);
    line->attachAxis(&m_iterations);
    line->attachAxis(&m_values);
    return line;
}

bool ConvergenceOverlays::setRuns(const std::vector<OverlaidRun> &runs, double smallest)
{
    if (runs == m_runs)
        return false;
    m_runs = runs;
    for (QLineSeries *line : m_lines) {
        m_chart.removeSeries(line);
        delete line;
    }
    m_lines.clear();
    m_last = 0;
    m_low = 1e300;
    m_high = 0;
    constexpr std::size_t mostPoints = 1000;
    for (const OverlaidRun &run : m_runs) {
        const std::vector<IterationStats> &stats = *run.statistics;
        QList<QPointF> gaps, residuals;
        for (const std::size_t i : chartPoints(stats, mostPoints)) {
            const double gap = 100 * stats[i].planGap(), residual = 100 * stats[i].residual();
            for (const double value : {gap, residual})
                if (value > smallest) {
                    m_low = std::min(m_low, value);
                    m_high = std::max(m_high, value);
                }
            gaps << QPointF(stats[i].iteration, std::max(gap, smallest));
            residuals << QPointF(stats[i].iteration, std::max(residual, smallest));
        }
        m_last = std::max(m_last, stats.empty() ? 0 : stats.back().iteration);
        m_lines.push_back(addLine(gaps));
        m_lines.push_back(addLine(residuals));
    }
    color();
    return true;
}

void ConvergenceOverlays::color()
{
    const std::array colors{theme().muted, theme().violet, theme().warn, theme().accent};
    for (std::size_t i = 0; i < m_lines.size(); ++i)
        m_lines[i]->setPen(QPen(colors[i / 2 % colors.size()], 1, i % 2 == 0 ? Qt::SolidLine : Qt::DotLine));
}

/// Each above the end of its plan gap.
void ConvergenceOverlays::drawNames(QPainter &painter) const
{
    const QRectF area = m_chart.plotArea();
    painter.setFont(monoFont(11));
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
        const QLineSeries *line = m_lines[2 * i];
        if (line->count() == 0)
            continue;
        const QPointF end = m_chart.mapToPosition(line->at(line->count() - 1), m_lines[2 * i]);
        const double width = painter.fontMetrics().horizontalAdvance(m_runs[i].name);
        painter.setPen(line->pen().color());
        const double x =
            std::clamp(end.x() - width - 4, area.left() + 2, std::max(area.left() + 2, area.right() - width - 2));
        painter.drawText(QPointF(x, std::clamp(end.y() - 3, area.top() + 10, area.bottom() - 2)), m_runs[i].name);
    }
}

} // namespace nms
