// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/statistics_chart.h"

#include "ui/widgets/chart_style.h"
#include "ui/widgets/theme.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QPainter>
#include <QPen>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace nms {

StatisticsChart::StatisticsChart(QWidget *parent)
    : QChartView(parent), m_places(new QValueAxis(this)), m_shares(new QLogValueAxis(this)), m_values(new QValueAxis(this))
{
    QChart *content = styledChart(*this);
    content->legend()->setAlignment(Qt::AlignTop);
    setMinimumHeight(96);
    m_places->setLabelFormat(QStringLiteral("%d"));
    m_shares->setBase(10);
    m_shares->setLabelFormat(QStringLiteral("%g %%"));
    m_shares->setMinorTickCount(0);
    content->addAxis(m_places, Qt::AlignBottom);
    content->addAxis(m_shares, Qt::AlignBottom);
    content->addAxis(m_values, Qt::AlignLeft);
    for (QAbstractAxis *axis : std::initializer_list<QAbstractAxis *>{m_places, m_shares, m_values})
        styleAxis(*axis);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &StatisticsChart::colorSeries);
    showHint({});
}

void StatisticsChart::clear()
{
    for (const auto &[series, color] : m_series) {
        chart()->removeSeries(series);
        delete series;
    }
    m_series.clear();
    m_hint.clear();
}

QLineSeries *StatisticsChart::addSeries(const QString &name, const std::function<QColor()> &color,
                                        const QList<QPointF> &points, QAbstractAxis *horizontal)
{
    auto *series = new QLineSeries(chart());
    series->setName(name);
    series->replace(points);
    chart()->addSeries(series);
    series->attachAxis(horizontal);
    series->attachAxis(m_values);
    m_series.emplace_back(series, color);
    return series;
}

void StatisticsChart::colorSeries()
{
    for (const auto &[series, color] : m_series)
        series->setPen(QPen(color(), 1.6));
}

void StatisticsChart::showHint(const QString &hint)
{
    clear();
    m_hint = hint;
    m_places->hide();
    m_shares->hide();
    m_values->hide();
    viewport()->update();
}

void StatisticsChart::showLines(const QString &axis, const std::vector<Line> &lines)
{
    clear();
    m_shares->hide();
    m_places->show();
    m_values->show();
    m_places->setTitleText(axis);
    m_values->setLabelFormat(QStringLiteral("%g %%"));
    std::int64_t count = 1;
    for (const Line &line : lines) {
        QList<QPointF> points;
        for (std::size_t bin = 0; bin < line.values.mean.size(); ++bin)
            points << QPointF((double(bin) + 0.5) * double(line.values.perBin) - 0.5, 100 * line.values.mean[bin]);
        if (points.size() == 1)
            points << points.front() + QPointF(1, 0);
        addSeries(line.name, line.color, points, m_places);
        count = std::max(count, line.values.perBin * std::int64_t(line.values.mean.size()));
    }
    m_places->setRange(0, double(count));
    m_values->setRange(0, 100);
    m_values->setTickCount(5);
    colorSeries();
}

void StatisticsChart::showHistograms(const QString &axis, const std::vector<Bars> &all)
{
    clear();
    m_places->hide();
    m_shares->show();
    m_values->show();
    m_shares->setTitleText(axis);
    m_values->setLabelFormat(QStringLiteral("%d"));
    double low = 0, high = 0;
    std::int64_t most = 1;
    for (const Bars &bars : all) {
        const Histogram &histogram = bars.histogram;
        if (histogram.counts.empty())
            continue;
        low = low > 0 ? std::min(low, histogram.low) : histogram.low;
        high = std::max(high, histogram.high);
        most = std::max(most, *std::max_element(histogram.counts.begin(), histogram.counts.end()));
        QList<QPointF> outline; // of the bars, as steps
        outline << QPointF(100 * histogram.low, 0);
        for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
            outline << QPointF(100 * histogram.lowOf(bin), double(histogram.counts[bin]))
                    << QPointF(100 * histogram.lowOf(bin + 1), double(histogram.counts[bin]));
        }
        outline << QPointF(100 * histogram.high, 0);
        addSeries(bars.name, bars.color, outline, m_shares);
    }
    if (!(low > 0)) {
        showHint(tr("All are 0"));
        return;
    }
    const double decade = std::pow(10.0, std::floor(std::log10(100 * low)));
    m_shares->setRange(decade * (1 - 1e-9), std::max(decade * 10, std::pow(10.0, std::ceil(std::log10(100 * high)))));
    m_values->setRange(0, double(most));
    m_values->applyNiceNumbers();
    colorSeries();
}

void StatisticsChart::drawForeground(QPainter *painter, const QRectF &)
{
    if (!m_hint.isEmpty())
        drawChartHint(*painter, chart()->plotArea(), m_hint);
}

} // namespace nms
