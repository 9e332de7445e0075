// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_chart.h"

#include "ui/models/chart_points.h"
#include "ui/widgets/chart_style.h"
#include "ui/widgets/theme.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QMouseEvent>
#include <QPainter>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace nms {

static constexpr double smallest = 1e-7; // percent; smaller values are drawn here, since zero is not on a logarithmic axis

QColor ConvergenceChart::colorOf(Line line)
{
    switch (line) {
    case Rows:
        return theme().accent;
    case Columns:
        return theme().warn;
    case Capacity:
        return theme().violet;
    case PlanGap:
    case LineCount:
        break;
    }
    return theme().good;
}

ConvergenceChart::ConvergenceChart(QWidget *parent)
    : QChartView(parent), m_iterations(new QValueAxis(this)), m_values(new QLogValueAxis(this))
{
    QChart *content = styledChart(*this);
    content->legend()->hide(); // the panel's heading has the legend
    setMinimumHeight(72);

    m_values->setBase(10);
    m_values->setLabelFormat(QStringLiteral("%g %%"));
    m_values->setMinorTickCount(0);
    m_iterations->setLabelFormat(QStringLiteral("%d"));
    content->addAxis(m_iterations, Qt::AlignBottom);
    content->addAxis(m_values, Qt::AlignLeft);
    styleAxis(*m_iterations);
    styleAxis(*m_values);
    m_overlays = std::make_unique<ConvergenceOverlays>(*content, *m_iterations, *m_values);
    for (int i = 0; i < LineCount; ++i) {
        m_lines[std::size_t(i)] = new QLineSeries(content);
        content->addSeries(m_lines[std::size_t(i)]);
        m_lines[std::size_t(i)]->attachAxis(m_iterations);
        m_lines[std::size_t(i)]->attachAxis(m_values);
    }
    colorLines();
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &ConvergenceChart::colorLines);
    setStats({}, 0);
}

void ConvergenceChart::setOverlays(const std::vector<OverlaidRun> &runs)
{
    if (m_overlays->setRuns(runs, smallest))
        viewport()->update();
}

void ConvergenceChart::colorLines()
{
    m_overlays->color();
    for (int i = 0; i < LineCount; ++i)
        m_lines[std::size_t(i)]->setPen(QPen(colorOf(Line(i)), 1.6, i == Columns ? Qt::DashLine : Qt::SolidLine));
}

double ConvergenceChart::valueOf(const IterationStats &stats, Line line)
{
    switch (line) {
    case Rows:
        return stats.rowResidual;
    case Columns:
        return stats.columnResidual;
    case Capacity:
        return stats.capacityResidual;
    case PlanGap:
    case LineCount:
        break;
    }
    return stats.planGap();
}

static double roundTick(double span)
{
    const double power = std::pow(10.0, std::floor(std::log10(std::max(span, 1.0))));
    const double lead = span / power;
    return std::max(1.0, (lead > 5 ? 1.0 : lead > 2 ? 0.5 : 0.2) * power);
}

void ConvergenceChart::setStats(const std::vector<IterationStats> &stats, int planned)
{
    constexpr std::size_t maxPoints = 1000; // more points than pixels would only cost time
    const std::vector<std::size_t> drawn = chartPoints(stats, maxPoints);
    double low = 100;
    double high = smallest;
    for (int line = 0; line < LineCount; ++line) {
        QList<QPointF> points;
        bool isZero = true;
        for (const std::size_t i : drawn) {
            const double value = 100 * valueOf(stats[i], Line(line));
            if (value > smallest) {
                low = std::min(low, value);
                high = std::max(high, value);
                isZero = false;
            }
            points << QPointF(stats[i].iteration, std::max(value, smallest));
        }
        m_lines[std::size_t(line)]->replace(isZero ? QList<QPointF>() : points);
    }
    if (m_overlays->high() >= m_overlays->low()) {
        low = std::min(low, m_overlays->low());
        high = std::max(high, m_overlays->high());
    }
    if (high < low) {
        low = 0.01;
        high = 100;
    }
    m_isEmpty = stats.empty();
    m_last = stats.empty() ? 0 : stats.back().iteration;
    const double decade = std::floor(std::log10(low));
    const double top = std::max(decade + 1, std::ceil(std::log10(high)));
    // Slightly below the decade: rounding would otherwise drop the lowest label.
    m_values->setRange(std::pow(10.0, decade) * (1 - 1e-9), std::pow(10.0, top));
    // If 100,000 iterations are planned, the first 100 would be squeezed together: the axis then grows with the run.
    int end = std::max({planned, m_last, m_overlays->last(), 1});
    for (int room = 500; planned > 1000 && room < end; room *= 2)
        if (room >= 2 * std::max(m_last, m_overlays->last()))
            end = room;
    m_iterations->setTickType(QValueAxis::TicksDynamic);
    m_iterations->setTickAnchor(0);
    m_iterations->setTickInterval(roundTick(end));
    m_iterations->setRange(0, end);
}

void ConvergenceChart::setShown(std::optional<int> iteration)
{
    if (iteration == m_cursor)
        return;
    m_cursor = iteration;
    viewport()->update();
}

void ConvergenceChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF area = chart()->plotArea();
    m_overlays->drawNames(*painter);
    if (m_isEmpty && m_overlays->last() == 0)
        drawChartHint(*painter, area, tr("Run or step: residuals and plan gap, iteration by iteration"));
    if (!m_cursor || m_last == 0)
        return;
    const double x = chart()->mapToPosition(QPointF(*m_cursor, m_values->max()), m_lines[PlanGap]).x();
    if (x < area.left() - 1 || x > area.right() + 1)
        return;
    painter->setPen(QPen(theme().muted, 1));
    painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
}

void ConvergenceChart::scrub(const QPoint &position)
{
    if (m_last == 0)
        return;
    const double iteration = chart()->mapToValue(position, m_lines[PlanGap]).x();
    emit scrubbed(std::clamp(int(std::lround(iteration)), 0, m_last));
}

void ConvergenceChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        scrub(event->position().toPoint());
}

void ConvergenceChart::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() & Qt::LeftButton)
        scrub(event->position().toPoint());
}

} // namespace nms
