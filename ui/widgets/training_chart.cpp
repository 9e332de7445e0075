// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/training_chart.h"

#include "ui/widgets/chart_style.h"
#include "ui/widgets/theme.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QPen>
#include <QValueAxis>

#include <algorithm>

namespace nms {

TrainingChart::TrainingChart(QWidget *parent)
    : QChartView(parent), m_steps(new QValueAxis(this)), m_rates(new QValueAxis(this)), m_front(new QLineSeries(this))
{
    QChart *content = styledChart(*this);
    content->legend()->hide();
    setMinimumHeight(96);
    m_steps->setLabelFormat(QStringLiteral("%d"));
    m_steps->setTitleText(tr("step"));
    m_rates->setLabelFormat(QStringLiteral("%g %%"));
    content->addAxis(m_steps, Qt::AlignBottom);
    content->addAxis(m_rates, Qt::AlignLeft);
    styleAxis(*m_steps);
    styleAxis(*m_rates);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &TrainingChart::color);
    setRefreshes({}, std::nullopt);
}

std::vector<std::size_t> drawnRefreshes(std::size_t count, std::size_t most)
{
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < std::min(count, most); ++i)
        drawn.push_back(count <= most ? i : i * (count - 1) / (most - 1));
    return drawn;
}

void TrainingChart::setRefreshes(const std::vector<TrainingRefresh> &refreshes, std::optional<std::size_t> front)
{
    m_isEmpty = refreshes.empty();
    const std::size_t layers = m_isEmpty ? 0 : refreshes.back().flips.size();
    const std::vector<std::size_t> drawn = drawnRefreshes(refreshes.size(), mostPoints);
    const std::size_t lines = std::min(layers, mostLines);
    const auto add = [this](QLineSeries *series) {
        chart()->addSeries(series);
        series->attachAxis(m_steps);
        series->attachAxis(m_rates);
    };
    while (m_lines.size() > lines) {
        chart()->removeSeries(m_lines.back());
        delete m_lines.back();
        m_lines.pop_back();
    }
    if (m_front->chart() != nullptr)
        chart()->removeSeries(m_front);
    while (m_lines.size() < lines) {
        m_lines.push_back(new QLineSeries(this));
        add(m_lines.back());
    }
    double highest = 0;
    const auto fill = [&](QLineSeries *series, std::size_t layer) {
        QList<QPointF> points;
        for (const std::size_t i : drawn) {
            const double percent = 100 * double(refreshes[i].flips[layer]);
            highest = std::max(highest, percent);
            points << QPointF(refreshes[i].step, percent);
        }
        if (points.size() == 1) // a line needs two
            points << points.front() + QPointF(0.5, 0);
        series->replace(points);
    };
    for (std::size_t layer = 0; layer < lines; ++layer)
        fill(m_lines[layer], layer);
    if (front && *front < layers) { // last, so that it is drawn over the others
        fill(m_front, *front);
        add(m_front);
    }
    const int first = m_isEmpty ? 0 : refreshes.front().step, last = m_isEmpty ? 1 : refreshes.back().step;
    m_steps->setRange(first, std::max(first + 1, last));
    m_rates->setRange(0, highest > 0 ? highest : 1);
    m_rates->setTickCount(5);
    m_rates->applyNiceNumbers();
    color();
    viewport()->update();
}

void TrainingChart::color()
{
    for (QLineSeries *line : m_lines)
        line->setPen(QPen(theme().muted, 0.8));
    m_front->setPen(QPen(theme().accent, 2));
}

void TrainingChart::drawForeground(QPainter *painter, const QRectF &)
{
    if (m_isEmpty)
        drawChartHint(*painter, chart()->plotArea(), tr("Flip rates appear when masks are refreshed"));
}

} // namespace nms
