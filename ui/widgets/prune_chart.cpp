// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/prune_chart.h"

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
#include <limits>

namespace nms {

namespace {

constexpr double smallest = 1e-5; // smaller values are drawn here, since zero is not on a logarithmic axis

double valueOf(const PruneFigures &figures, int line)
{
    switch (line) {
    case PruneChart::Error:
        return figures.error;
    case PruneChart::Primal:
        return figures.step.primal;
    case PruneChart::Dual:
        return figures.step.dual;
    case PruneChart::Support:
        return figures.step.supportChange;
    default:
        return figures.step.penalty;
    }
}

/// The distance of ticks: a whole number of steps, for about five ticks.
double tickOf(int end)
{
    for (const int step : {1, 2, 5, 10, 20, 50, 100, 200, 500})
        if (end <= 6 * step)
            return step;
    return 1000;
}

} // namespace

QString PruneChart::nameOf(int line)
{
    const QString names[] = {tr("error"), tr("primal"), tr("dual"), tr("support"), QStringLiteral("ρ")};
    return names[line];
}

QString PruneChart::meaningOf(int line)
{
    const QString meanings[] = {tr("‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖²: what the layer's output loses"),
                                tr("‖B − D‖ / ‖D‖: how far the dense iterate is from the sparse one"),
                                tr("ρ‖D − D before‖ / ‖V‖: how much the sparse iterate still moves"),
                                tr("entries that came or went since the last check, of those kept"),
                                tr("the penalty of ADMM")};
    return meanings[line];
}

QColor PruneChart::colorOf(int line)
{
    const QColor colors[] = {theme().good, theme().accent, theme().warn, theme().violet, theme().muted};
    return colors[line];
}

PruneChart::PruneChart(QWidget *parent)
    : QChartView(parent), m_steps(new QValueAxis(this)), m_values(new QLogValueAxis(this)),
      m_zoom(std::make_unique<ChartZoom>(*this, *m_steps))
{
    QChart *content = styledChart(*this);
    setMinimumHeight(72);
    m_values->setBase(10);
    m_values->setLabelFormat(QStringLiteral("%g"));
    m_values->setMinorTickCount(0);
    m_steps->setLabelFormat(QStringLiteral("%d"));
    m_steps->setTickType(QValueAxis::TicksDynamic);
    content->addAxis(m_steps, Qt::AlignBottom);
    content->addAxis(m_values, Qt::AlignLeft);
    styleAxis(*m_steps);
    styleAxis(*m_values);
    for (int i = 0; i < LineCount; ++i) {
        auto *line = new QLineSeries(content);
        content->addSeries(line);
        line->attachAxis(m_steps);
        line->attachAxis(m_values);
        m_lines[std::size_t(i)] = line;
    }
    content->legend()->hide(); // the legend is beside the chart, where it needs less space
    colorLines();
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &PruneChart::colorLines);
    connect(m_zoom.get(), &ChartZoom::zoomed, this, &PruneChart::setSteps);
    connect(m_zoom.get(), &ChartZoom::pointedChanged, viewport(), qOverload<>(&QWidget::update));
    setFigures(nullptr, -1);
}

PruneChart::~PruneChart() = default;

void PruneChart::colorLines()
{
    for (int i = 0; i < LineCount; ++i)
        m_lines[std::size_t(i)]->setPen(
            QPen(colorOf(i), i == Error ? 2.2 : 1.6, i == Penalty ? Qt::DashLine : Qt::SolidLine));
}

void PruneChart::setFigures(const std::vector<PruneFigures> *figures, int planned)
{
    double low = 1, high = smallest;
    m_last = figures != nullptr && !figures->empty() ? figures->back().step.iteration : -1;
    for (int i = 0; i < LineCount; ++i) {
        QList<QPointF> points;
        bool isZero = true;
        if (m_last > 0)
            for (const PruneFigures &one : *figures) {
                const double value = valueOf(one, i);
                if (std::isnan(value))
                    continue;
                if (value > smallest) {
                    low = std::min(low, value);
                    high = std::max(high, value);
                    isZero = false;
                }
                points << QPointF(one.step.iteration, std::max(value, smallest));
            }
        auto *line = m_lines[std::size_t(i)];
        line->replace(isZero ? QList<QPointF>() : points);
        line->setPointsVisible(points.size() == 1);
    }
    if (high < low) {
        low = 1e-3;
        high = 1;
    }
    const double decade = std::floor(std::log10(low));
    const double top = std::max(decade + 1, std::ceil(std::log10(high)));
    m_values->setBase(top - decade > 3 ? 100 : 10); // fewer labels, since they need space
    // Slightly below the decade: rounding would otherwise drop the lowest label.
    m_values->setRange(std::pow(10.0, decade) * (1 - 1e-9), std::pow(10.0, top));
    int end = std::max({planned, m_last, 1});
    if (planned < 0 && m_last > 0) // the number of steps is unknown: the axis grows with the run
        end = (m_last / 20 + 1) * 20;
    m_zoom->setFull(0, end);
    setSteps();
}

void PruneChart::setSteps()
{
    const auto [first, last] = m_zoom->range();
    m_steps->setTickAnchor(0);
    m_steps->setTickInterval(tickOf(int(last - first)));
    m_steps->setRange(first, last);
    viewport()->update();
}

bool PruneChart::isDrawn(int line) const
{
    return m_lines[std::size_t(line)]->count() > 0;
}

void PruneChart::setShown(std::optional<int> step)
{
    if (step == m_cursor)
        return;
    m_cursor = step;
    viewport()->update();
}

void PruneChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF area = chart()->plotArea();
    if (m_last <= 0)
        drawChartHint(*painter, area, tr("Run or step: error, residuals, support and ρ, step by step"));
    if (m_last <= 0)
        return;
    const auto xOf = [&](double step) {
        return chart()->mapToPosition(QPointF(step, m_values->max()), m_lines[Error]).x();
    };
    if (const double x = m_cursor ? xOf(*m_cursor) : -1; x >= area.left() - 1 && x <= area.right() + 1) {
        painter->setPen(QPen(theme().text, 1));
        painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    }
    m_zoom->draw(*painter, area);
    if (m_zoom->pointed())
        drawPointed(*painter, area, int(std::lround(*m_zoom->pointed())), xOf);
}

/// The values of the step nearest to the pointer.
void PruneChart::drawPointed(QPainter &painter, const QRectF &area, int step, const std::function<double(double)> &xOf) const
{
    std::vector<ChartReading> readings;
    double at = 0, nearest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < LineCount; ++i)
        for (const QPointF &point : m_lines[std::size_t(i)]->points())
            if (std::abs(point.x() - step) < nearest) {
                nearest = std::abs(point.x() - step);
                at = point.x();
            }
    for (int i = 0; i < LineCount; ++i)
        for (const QPointF &point : m_lines[std::size_t(i)]->points())
            if (point.x() == at)
                readings.emplace_back(colorOf(i), nameOf(i) + QLatin1Char(' ') + format::real(point.y()));
    if (!readings.empty())
        drawReadings(painter, area, xOf(at), tr("step %1").arg(at), readings);
}

void PruneChart::scrub(const QPoint &position)
{
    if (m_last > 0)
        emit scrubbed(std::clamp(int(std::lround(chart()->mapToValue(position, m_lines[Error]).x())), 0, m_last));
}

void PruneChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        scrub(event->position().toPoint());
}

void PruneChart::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() & Qt::LeftButton)
        scrub(event->position().toPoint());
}

} // namespace nms
