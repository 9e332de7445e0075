// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_chart.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QGraphicsSimpleTextItem>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace nms::cli {

namespace {

constexpr double scale = 2; // pixels per unit
constexpr QSizeF chartSize(456, 360); // includes the titles of both axes
constexpr QPointF chartStep(402, 318); // charts overlap where axis titles are hidden
constexpr double headingHeight = 58, legendHeight = 52, left = 84;
constexpr double zeroStrip = 1.4; // height in decades, below the lowest decade, for gaps of exactly 0

/// Exponents of the powers of ten that enclose all values.
Decades decadesAround(const std::vector<double> &values)
{
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const int from = int(std::floor(std::log10(*least)));
    return {from, std::max(int(std::ceil(std::log10(*most))), from + 1)};
}

template <class Axis> Axis *addAxis(QChart &chart, Qt::Alignment side, bool isNamed, const QString &name)
{
    const QColor none(Qt::transparent); // transparent labels still take up space, so that all panels have the same layout
    auto *axis = new Axis;
    axis->setLabelsFont(chartFont(11));
    axis->setLabelsColor(isNamed ? chartColors().muted : none);
    axis->setTitleFont(chartFont(12));
    axis->setTitleBrush(isNamed ? chartColors().ink : none);
    axis->setTitleText(name);
    axis->setGridLineColor(chartColors().grid);
    axis->setLinePen(QPen(chartColors().frame));
    chart.addAxis(axis, side);
    return axis;
}

void addText(QGraphicsScene &scene, double y, const QFont &style, const QColor &color, const QString &words)
{
    QGraphicsSimpleTextItem *item = scene.addSimpleText(words, style);
    item->setBrush(color);
    item->setPos(left, y);
}

/// In %, with a decade to draw even where all are 0.
std::vector<double> percentagesOf(const std::vector<double> &gaps)
{
    std::vector<double> percentages{0.1};
    for (const double gap : gaps)
        if (gap > 0)
            percentages.push_back(100 * gap);
    return percentages;
}

} // namespace

const ChartColors &chartColors()
{
    static const ChartColors colors{asQColor(lightColors.text), asQColor(lightColors.muted), asQColor(lightColors.faint),
                                    asQColor(lightColors.line), asQColor(lightColors.panel), asQColor(lightColors.field)};
    return colors;
}

QFont chartFont(int pixels, bool bold)
{
    QFont font;
    font.setFamilies({QStringLiteral("Inter"), QStringLiteral("sans-serif")});
    font.setPixelSize(pixels);
    font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
    return font;
}

BenchChart::BenchChart(const bench::BenchResult &result, int perRow, std::vector<double> times,
                       const std::vector<double> &gaps)
    : m_result(result), m_perRow(perRow), m_gaps(decadesAround(percentagesOf(gaps)))
{
    if (times.empty())
        times.push_back(1);
    m_times = decadesAround(times);
}

double BenchChart::placeOf(double gap) const
{
    return gap > 0 ? std::log10(100 * gap) : m_gaps.first - zeroStrip / 2;
}

QChart *BenchChart::addPanel(const QString &title, int index, int count)
{
    const bool leftmost = index % m_perRow == 0, lowest = index + m_perRow >= count; // only these show axis titles
    auto *chart = new QChart;
    m_scene.addItem(chart);
    chart->setTitle(title);
    chart->setTitleFont(chartFont(13, true));
    chart->setTitleBrush(chartColors().ink);
    chart->legend()->hide();
    chart->setMargins({});
    chart->setBackgroundVisible(false);
    chart->setPlotAreaBackgroundVisible(true);
    chart->setPlotAreaBackgroundBrush(Qt::NoBrush);
    chart->setPlotAreaBackgroundPen(QPen(chartColors().frame));
    auto *time =
        addAxis<QLogValueAxis>(*chart, Qt::AlignBottom, lowest, QStringLiteral("time per tile, µs (left is faster)"));
    time->setLabelFormat(QStringLiteral("%g"));
    time->setRange(0.7 * std::pow(10.0, m_times.first), 1.4 * std::pow(10.0, m_times.second));
    // A logarithmic axis cannot show 0: this axis shows exponents, with a separate strip for 0.
    auto *gap = addAxis<QCategoryAxis>(*chart, Qt::AlignLeft, leftmost, QStringLiteral("mean gap to the optimum, %"));
    gap->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    gap->setRange(m_gaps.first - zeroStrip, m_gaps.second);
    gap->append(QStringLiteral("0"), m_gaps.first - zeroStrip / 2);
    for (int exponent = m_gaps.first; exponent <= m_gaps.second; ++exponent)
        gap->append(QString::number(std::pow(10.0, exponent), 'f', std::max(0, -exponent)), exponent);
    auto *edge = new QLineSeries(chart);
    edge->append(time->min(), m_gaps.first);
    edge->append(time->max(), m_gaps.first);
    auto *area = new QAreaSeries(edge);
    area->setPen(Qt::NoPen);
    area->setBrush(chartColors().strip);
    chart->addSeries(area);
    return chart;
}

void BenchChart::addPanels(const std::vector<BenchPanel> &panels,
                           const std::function<void(QChart &chart, const BenchPanel &panel)> &addSeries)
{
    const bool isOneSet = std::all_of(panels.begin(), panels.end(),
                                      [&](const BenchPanel &panel) { return panel.data == panels.front().data; });
    for (int k = 0; k < int(panels.size()); ++k) {
        const BenchPanel &panel = panels[std::size_t(k)];
        QString title = QStringLiteral("keep %1 of %2").arg(panel.pattern.n).arg(panel.pattern.m);
        if (!isOneSet)
            title += QStringLiteral(", ") + QString::fromStdString(panel.data);
        QChart *chart = addPanel(title, k, int(panels.size()));
        addSeries(*chart, panel);
        for (QAbstractSeries *series : chart->series())
            for (QAbstractAxis *axis : chart->axes())
                series->attachAxis(axis);
        const int row = k / m_perRow, column = k % m_perRow;
        const QPointF at(column * chartStep.x(), headingHeight + row * chartStep.y());
        chart->setGeometry(QRectF(at, chartSize));
        m_room |= chart->geometry();
    }
}

void BenchChart::addHeading(const QString &title, const QString &how)
{
    const int threads = m_result.setup.threads.front();
    addText(m_scene, 16, chartFont(17, true), chartColors().ink, title);
    addText(m_scene, 42, chartFont(12), chartColors().muted,
            QStringLiteral("%1, %2 · %3, %4 time · %5")
                .arg(QString::fromStdString(m_result.machine.processor), QString::fromStdString(m_result.machine.simd),
                     threads == 1 ? QStringLiteral("one thread") : QStringLiteral("%1 threads").arg(threads),
                     m_result.setup.clock() == bench::Clock::ThreadCpu ? QStringLiteral("CPU") : QStringLiteral("wall"),
                     how));
}

void BenchChart::addLegend(const std::vector<QAbstractSeries *> &marks)
{
    auto *chart = new QChart;
    m_scene.addItem(chart);
    for (QAbstractSeries *one : marks)
        chart->addSeries(one);
    chart->setBackgroundVisible(false);
    const QRectF room(left, m_room.bottom(), m_room.width() - left, legendHeight);
    chart->setGeometry(room);
    QLegend &legend = *chart->legend();
    legend.setMarkerShape(QLegend::MarkerShapeFromSeries);
    legend.setFont(chartFont(12));
    legend.setLabelColor(chartColors().ink);
    legend.detachFromChart(); // only a detached legend can have a second row
    legend.setGeometry(QRectF(QPointF(), room.size()));
}

QImage BenchChart::draw()
{
    m_scene.setSceneRect(m_room.adjusted(0, 0, 0, legendHeight));
    QImage image((m_scene.sceneRect().size() * scale).toSize(), QImage::Format_RGB32);
    image.fill(chartColors().paper);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    m_scene.render(&painter);
    return image;
}

} // namespace nms::cli
