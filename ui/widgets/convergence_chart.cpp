// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_chart.h"

#include "core/view/tile_figure.h"
#include "ui/models/chart_points.h"
#include "ui/models/format.h"
#include "ui/widgets/chart_style.h"
#include "ui/widgets/chart_zoom.h"
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

QString ConvergenceChart::nameOf(Line line)
{
    switch (line) {
    case Rows:
        return tr("rows");
    case Columns:
        return tr("columns");
    case Capacity:
        return tr("capacity");
    case PlanGap:
    case LineCount:
        break;
    }
    return QString::fromUtf8(nms::nameOf(TileFigure::PlanGap));
}

ConvergenceChart::ConvergenceChart(QWidget *parent)
    : QChartView(parent), m_iterations(new QValueAxis(this)), m_values(new QLogValueAxis(this)),
      m_zoom(std::make_unique<ChartZoom>(*this, *m_iterations))
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
    m_driftLine = new QLineSeries(content);
    m_driftLine->setName(tr("|S − S in float32|"));
    content->addSeries(m_driftLine);
    m_driftLine->attachAxis(m_iterations);
    m_driftLine->attachAxis(m_values);
    colorLines();
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &ConvergenceChart::colorLines);
    connect(m_zoom.get(), &ChartZoom::zoomed, this, &ConvergenceChart::setRanges);
    connect(m_zoom.get(), &ChartZoom::pointedChanged, viewport(), qOverload<>(&QWidget::update));
    setStats({}, 0, std::nullopt);
}

ConvergenceChart::~ConvergenceChart() = default;

void ConvergenceChart::setOverlays(const std::vector<OverlaidRun> &runs)
{
    if (m_overlays->setRuns(runs, smallest))
        viewport()->update();
}

void ConvergenceChart::colorLines()
{
    m_overlays->color();
    m_driftLine->setPen(QPen(theme().muted, 1.2, Qt::DashDotLine));
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

void ConvergenceChart::setStats(const std::vector<IterationStats> &stats, int planned, std::optional<double> limit)
{
    constexpr std::size_t maxPoints = 1000; // more points than pixels would only cost time
    m_planned = planned;
    m_limit = limit;
    m_last = stats.empty() ? 0 : stats.back().iteration;
    m_converged = limit ? nms::firstConverged(stats, *limit) : std::nullopt;
    m_stats.clear();
    for (const std::size_t i : chartPoints(stats, maxPoints))
        m_stats.push_back(stats[i]);
    for (int line = 0; line < LineCount; ++line) {
        QList<QPointF> points;
        bool isZero = true;
        for (const IterationStats &one : m_stats) {
            const double value = 100 * valueOf(one, Line(line));
            isZero = isZero && !(value > smallest);
            points << QPointF(one.iteration, std::max(value, smallest));
        }
        m_lines[std::size_t(line)]->replace(isZero ? QList<QPointF>() : points);
    }
    setRanges();
}

void ConvergenceChart::setDrift(const QList<QPointF> &points)
{
    QList<QPointF> percent;
    for (const QPointF &point : points)
        percent << QPointF(point.x(), std::max(100 * point.y(), smallest));
    if (percent == m_driftLine->points())
        return; // fitting the axes once more costs time in every refresh
    m_driftLine->replace(percent);
    setRanges();
}

/// Fits the axes: the iterations to the run or the zoomed range, the values to what lies in it.
void ConvergenceChart::setRanges()
{
    int end = std::max({m_planned, m_last, m_overlays->last(), 1});
    // If 100,000 iterations are planned, the first 100 would be squeezed together: the axis then grows with the run.
    for (int room = 500; m_planned > 1000 && room < end; room *= 2)
        if (room >= 2 * std::max(m_last, m_overlays->last()))
            end = room;
    m_zoom->setFull(0, end);
    const auto [first, last] = m_zoom->range();
    m_iterations->setTickType(QValueAxis::TicksDynamic);
    m_iterations->setTickAnchor(0);
    m_iterations->setTickInterval(roundTick(last - first));
    m_iterations->setRange(first, last);

    double low = 100;
    double high = smallest;
    std::vector<QLineSeries *> lines(m_lines.begin(), m_lines.end());
    lines.push_back(m_driftLine);
    for (const QLineSeries *line : lines)
        for (const QPointF &point : line->points())
            if (point.y() > smallest && point.x() >= first && point.x() <= last) {
                low = std::min(low, point.y());
                high = std::max(high, point.y());
            }
    if (m_overlays->high() >= m_overlays->low()) {
        low = std::min(low, m_overlays->low());
        high = std::max(high, m_overlays->high());
    }
    if (high < low) {
        low = 0.01;
        high = 100;
    }
    const double decade = std::floor(std::log10(low));
    const double top = std::max(decade + 1, std::ceil(std::log10(high)));
    // Slightly below the decade: rounding would otherwise drop the lowest label.
    m_values->setRange(std::pow(10.0, decade) * (1 - 1e-9), std::pow(10.0, top));
    viewport()->update();
}

void ConvergenceChart::setShown(std::optional<int> iteration)
{
    if (iteration == m_cursor)
        return;
    m_cursor = iteration;
    viewport()->update();
}

void ConvergenceChart::setBreakpoint(const std::optional<Breakpoint> &breakpoint)
{
    if (breakpoint == m_breakpoint)
        return;
    m_breakpoint = breakpoint;
    viewport()->update();
}

QPointF ConvergenceChart::positionOf(double iteration, double fraction) const
{
    return chart()->mapToPosition(QPointF(iteration, std::max(100 * fraction, smallest)), m_lines[PlanGap]);
}

const IterationStats *ConvergenceChart::nearest(double iteration) const
{
    const auto after = std::lower_bound(m_stats.begin(), m_stats.end(), iteration,
                                        [](const IterationStats &one, double at) { return one.iteration < at; });
    if (m_stats.empty() || (after == m_stats.end() && iteration > m_last + 0.5))
        return nullptr;
    if (after == m_stats.begin())
        return &*after;
    if (after == m_stats.end() || iteration - (after - 1)->iteration <= after->iteration - iteration)
        return &*(after - 1);
    return &*after;
}

QStringList ConvergenceChart::readingsAt(double iteration) const
{
    QStringList readings;
    if (const IterationStats *stats = nearest(iteration))
        for (int line = 0; line < LineCount; ++line)
            readings << nameOf(Line(line)) + QLatin1Char(' ') + format::percent(valueOf(*stats, Line(line)));
    return readings;
}

void ConvergenceChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF area = chart()->plotArea();
    m_overlays->drawNames(*painter);
    if (m_stats.empty() && m_overlays->last() == 0)
        drawChartHint(*painter, area, tr("Run or step: residuals and plan gap, iteration by iteration"));
    drawMarks(*painter, area);
    if (m_cursor && m_last > 0) {
        const double x = positionOf(*m_cursor, 1).x();
        if (x >= area.left() - 1 && x <= area.right() + 1) {
            painter->setPen(QPen(theme().muted, 1));
            painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        }
    }
    m_zoom->draw(*painter, area);
    drawPointed(*painter, area);
}

/// The limits of the breakpoint as dashed lines, and the first converged iteration as a point with its number.
void ConvergenceChart::drawMarks(QPainter &painter, const QRectF &area) const
{
    painter.save();
    painter.setClipRect(area);
    painter.setFont(monoFont(10));
    if (m_breakpoint) {
        painter.setPen(QPen(theme().bad, 1, Qt::DashLine));
        const auto drawLimit = [&](const std::optional<double> &limit, const QString &name) {
            if (!limit)
                return;
            const double y = positionOf(m_iterations->min(), *limit).y();
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
            const QString text =
                tr("pause: %1 < %2").arg(name, QString::fromStdString(withoutTrailingZeros(formatPercent(*limit))));
            const QRectF label = painter.boundingRect(QRectF(area.left() + 6, y - 16, area.width(), 15),
                                                      Qt::AlignLeft | Qt::AlignBottom, text);
            painter.fillRect(label.adjusted(-2, 0, 2, 0), theme().panel); // over the lines
            painter.drawText(label, Qt::AlignLeft | Qt::AlignBottom, text);
        };
        const QString of = m_breakpoint->tile ? QLatin1Char(' ') + tr("of a tile") : QString();
        drawLimit(m_breakpoint->residualBelow, QString::fromUtf8(nms::nameOf(TileFigure::Residual)) + of);
        drawLimit(m_breakpoint->planGapBelow, QString::fromUtf8(nms::nameOf(TileFigure::PlanGap)) + of);
        drawLimit(m_breakpoint->maskGapBelow, QString::fromUtf8(nms::nameOf(TileFigure::MaskGap)) + of);
        if (m_breakpoint->iteration) {
            const double x = positionOf(*m_breakpoint->iteration, 1).x();
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        }
    }
    const IterationStats *at = m_converged ? nearest(*m_converged) : nullptr;
    if (at && m_limit) {
        const QPointF place = positionOf(*m_converged, at->residual());
        painter.setPen(QPen(theme().text, 1.5));
        painter.setBrush(theme().good);
        painter.drawEllipse(place, 4, 4);
        const QString text = tr("first residual ≤ %1: iteration %2")
                                 .arg(QString::fromStdString(withoutTrailingZeros(formatPercent(*m_limit))))
                                 .arg(*m_converged);
        const double width = QFontMetricsF(painter.font()).horizontalAdvance(text);
        const bool isRight = place.x() + 10 + width < area.right();
        painter.drawText(QPointF(isRight ? place.x() + 8 : place.x() - 8 - width, place.y() - 6), text);
    }
    painter.restore();
}

void ConvergenceChart::drawPointed(QPainter &painter, const QRectF &area) const
{
    const IterationStats *stats = m_zoom->pointed() ? nearest(*m_zoom->pointed()) : nullptr;
    if (!stats)
        return;
    std::vector<ChartReading> readings;
    const QStringList texts = readingsAt(stats->iteration);
    for (int line = 0; line < LineCount; ++line)
        readings.emplace_back(colorOf(Line(line)), texts[line]);
    const QList<QPointF> drift = m_driftLine->points();
    const auto place = std::lower_bound(drift.begin(), drift.end(), double(stats->iteration),
                                        [](const QPointF &point, double iteration) { return point.x() < iteration; });
    if (place != drift.end())
        readings.emplace_back(theme().muted, m_driftLine->name() + QLatin1Char(' ') + format::percent(place->y() / 100));
    drawReadings(painter, area, positionOf(stats->iteration, 1).x(), tr("iteration %1").arg(stats->iteration), readings);
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
