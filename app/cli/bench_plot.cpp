// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_plot.h"

#include "app/cli/offscreen_application.h"
#include "app/cli/qimage_pixels.h"
#include "core/view/theme_colors.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QChart>
#include <QGraphicsScene>
#include <QGraphicsSimpleTextItem>
#include <QImage>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QPainter>
#include <QScatterSeries>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

namespace nms::cli {

namespace {

using bench::BenchResult;
using bench::Record;

constexpr double scale = 2; // pixels per unit
constexpr int perRow = 3;
constexpr QSizeF chartSize(456, 360); // includes the titles of both axes
constexpr QPointF chartStep(402, 318); // charts overlap where axis titles are hidden
constexpr double headingHeight = 58, legendHeight = 52, left = 84;
constexpr double zeroStrip = 1.4; // height in decades, below the lowest decade, for gaps of exactly 0

QColor asQColor(Rgba8 color)
{
    return {color.r, color.g, color.b};
}

const QColor ink = asQColor(lightColors.text), muted = asQColor(lightColors.muted), frame = asQColor(lightColors.faint),
             grid = asQColor(lightColors.line), strip = asQColor(lightColors.panel), paper = asQColor(lightColors.field);

struct Look {
    const char *method;
    QScatterSeries::MarkerShape shape;
    bool filled; // external peers are hollow
};

/// Null for methods that are not plotted.
const Look *lookOf(const std::string &method)
{
    using Series = QScatterSeries;
    static constexpr std::array<Look, 10> looks{{{"exact", Series::MarkerShapeCircle, true},
                                                 {"lemon", Series::MarkerShapeCircle, false},
                                                 {"dykstra", Series::MarkerShapeRectangle, true},
                                                 {"reference", Series::MarkerShapeRectangle, false},
                                                 {"torch", Series::MarkerShapeRotatedRectangle, false},
                                                 {"capped", Series::MarkerShapeTriangle, true},
                                                 {"greedy", Series::MarkerShapePentagon, true},
                                                 {"greedy+swap", Series::MarkerShapeRotatedRectangle, true},
                                                 {"bi-nm", Series::MarkerShapeStar, true},
                                                 {"max1000", Series::MarkerShapePentagon, true}}};
    const auto *found = std::find_if(looks.begin(), looks.end(), [&](const Look &look) { return look.method == method; });
    return found == looks.end() ? nullptr : found;
}

QString nameOf(const Record &record)
{
    const QString method = QString::fromStdString(record.method), backend = QString::fromStdString(record.backend);
    if (record.method == "lemon" || record.method == "torch")
        return backend;
    if (record.method == "reference")
        return QStringLiteral("naive dykstra");
    return record.backend == "cpu" ? method : method + QStringLiteral(" on ") + backend;
}

/// The records to plot: transposable masks of the first data set, with the first thread count.
std::vector<const Record *> shown(const BenchResult &result)
{
    std::vector<const Record *> records;
    for (const Record &record : result.records)
        if ((record.threads == 0 || record.threads == result.setup.threads.front()) && record.done() &&
            record.data == result.records.front().data && record.verdict.gap && lookOf(record.method) != nullptr)
            records.push_back(&record);
    return records;
}

QFont font(int pixels, bool bold = false)
{
    QFont font;
    font.setFamilies({QStringLiteral("Inter"), QStringLiteral("sans-serif")});
    font.setPixelSize(pixels);
    font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
    return font;
}

QScatterSeries *marksOf(const Record &record)
{
    const Look &look = *lookOf(record.method);
    const QColor color = asQColor(methodColor(record.method));
    const bool onDevice = record.backend.starts_with("cuda") || record.backend.ends_with(", cuda");
    auto *marks = new QScatterSeries;
    marks->setName(nameOf(record));
    marks->setMarkerShape(look.shape);
    marks->setMarkerSize(onDevice ? 13 : 11);
    marks->setBrush(look.filled ? color : paper);
    const QColor border = !look.filled ? color : onDevice ? ink : paper;
    marks->setPen(QPen(border, border == paper ? 0.8 : 1.8));
    return marks;
}

/// Exponents of the powers of ten that enclose all values.
std::pair<int, int> decadesAround(const std::vector<double> &values)
{
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const int from = int(std::floor(std::log10(*least)));
    return {from, std::max(int(std::ceil(std::log10(*most))), from + 1)};
}

template <class Axis> Axis *addAxis(QChart &chart, Qt::Alignment side, bool isNamed, const QString &name)
{
    const QColor none(Qt::transparent); // transparent labels still take up space, so that all panels have the same layout
    auto *axis = new Axis;
    axis->setLabelsFont(font(11));
    axis->setLabelsColor(isNamed ? muted : none);
    axis->setTitleFont(font(12));
    axis->setTitleBrush(isNamed ? ink : none);
    axis->setTitleText(name);
    axis->setGridLineColor(grid);
    axis->setLinePen(QPen(frame));
    chart.addAxis(axis, side);
    return axis;
}

/// An empty panel; only the outermost panels show axis titles.
QChart *addChart(QGraphicsScene &scene, NmPattern pattern, std::pair<int, int> times, std::pair<int, int> gaps,
                 bool leftmost, bool lowest)
{
    auto *chart = new QChart;
    scene.addItem(chart);
    chart->setTitle(QStringLiteral("keep %1 of %2").arg(pattern.n).arg(pattern.m));
    chart->setTitleFont(font(13, true));
    chart->setTitleBrush(ink);
    chart->legend()->hide();
    chart->setMargins({});
    chart->setBackgroundVisible(false);
    chart->setPlotAreaBackgroundVisible(true);
    chart->setPlotAreaBackgroundBrush(Qt::NoBrush);
    chart->setPlotAreaBackgroundPen(QPen(frame));
    auto *time =
        addAxis<QLogValueAxis>(*chart, Qt::AlignBottom, lowest, QStringLiteral("time per tile, µs (left is faster)"));
    time->setLabelFormat(QStringLiteral("%g"));
    time->setRange(0.7 * std::pow(10.0, times.first), 1.4 * std::pow(10.0, times.second));
    // A logarithmic axis cannot show 0: this axis shows exponents, with a separate strip for 0.
    auto *gap = addAxis<QCategoryAxis>(*chart, Qt::AlignLeft, leftmost, QStringLiteral("mean gap to the optimum, %"));
    gap->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    gap->setRange(gaps.first - zeroStrip, gaps.second);
    gap->append(QStringLiteral("0"), gaps.first - zeroStrip / 2);
    for (int exponent = gaps.first; exponent <= gaps.second; ++exponent)
        gap->append(QString::number(std::pow(10.0, exponent), 'f', std::max(0, -exponent)), exponent);
    auto *edge = new QLineSeries(chart);
    edge->append(time->min(), gaps.first);
    edge->append(time->max(), gaps.first);
    auto *area = new QAreaSeries(edge);
    area->setPen(Qt::NoPen);
    area->setBrush(strip);
    chart->addSeries(area);
    return chart;
}

void addRecord(QChart &chart, const Record &record, double zero)
{
    const bench::Timing &timing = record.timing;
    const double gap = record.verdict.gap->mean;
    const double y = gap > 0 ? std::log10(100 * gap) : zero;
    auto *bar = new QLineSeries;
    bar->setPen(QPen(asQColor(methodColor(record.method)), 1.2));
    bar->append(1e6 * timing.least(), y);
    bar->append(1e6 * timing.most(), y);
    chart.addSeries(bar);
    QScatterSeries *marks = marksOf(record);
    marks->append(1e6 * timing.median(), y);
    chart.addSeries(marks);
}

void addText(QGraphicsScene &scene, double y, const QFont &style, const QColor &color, const QString &words)
{
    QGraphicsSimpleTextItem *item = scene.addSimpleText(words, style);
    item->setBrush(color);
    item->setPos(left, y);
}

/// One entry for each method and peer.
void addLegend(QGraphicsScene &scene, const std::vector<const Record *> &records, const QRectF &room)
{
    auto *chart = new QChart;
    scene.addItem(chart);
    for (const Record *record : records) {
        const QList<QAbstractSeries *> named = chart->series();
        if (std::none_of(named.begin(), named.end(), [&](auto *one) { return one->name() == nameOf(*record); }))
            chart->addSeries(marksOf(*record));
    }
    chart->setBackgroundVisible(false);
    chart->setGeometry(room);
    QLegend &legend = *chart->legend();
    legend.setMarkerShape(QLegend::MarkerShapeFromSeries);
    legend.setFont(font(12));
    legend.setLabelColor(ink);
    legend.detachFromChart(); // only a detached legend can have a second row
    legend.setGeometry(QRectF(QPointF(), room.size()));
}

void addAll(QGraphicsScene &scene, const BenchResult &result)
{
    const std::vector<const Record *> records = shown(result);
    std::vector<double> times, gaps{0.1};
    for (const Record *record : records) {
        times.insert(times.end(), {1e6 * record->timing.least(), 1e6 * record->timing.most()});
        if (record->verdict.gap->mean > 0)
            gaps.push_back(100 * record->verdict.gap->mean);
    }
    if (times.empty())
        times.push_back(1);
    const std::pair<int, int> gapDecades = decadesAround(gaps);
    const std::vector<NmPattern> &patterns = result.setup.patterns;
    QRectF room(0, 0, 860, 0);
    for (int k = 0; k < int(patterns.size()); ++k) {
        const NmPattern pattern = patterns[std::size_t(k)];
        const bool lowest = k + perRow >= int(patterns.size());
        QChart *chart = addChart(scene, pattern, decadesAround(times), gapDecades, k % perRow == 0, lowest);
        for (const Record *record : records)
            if (record->pattern == pattern)
                addRecord(*chart, *record, gapDecades.first - zeroStrip / 2);
        for (QAbstractSeries *series : chart->series())
            for (QAbstractAxis *axis : chart->axes())
                series->attachAxis(axis);
        const int row = k / perRow;
        const QPointF at(k % perRow * chartStep.x(), headingHeight + row * chartStep.y());
        chart->setGeometry(QRectF(at, chartSize));
        room |= chart->geometry();
    }
    const int threads = result.setup.threads.front();
    addText(scene, 16, font(17, true), ink,
            QStringLiteral("Transposable N:M masks: time against distance from the optimum"));
    addText(scene, 42, font(12), muted,
            QStringLiteral("%1, %2 · %3, %4 time · %5 scores · medians of %6 rounds, bars from the shortest to the longest")
                .arg(QString::fromStdString(result.machine.processor), QString::fromStdString(result.machine.simd),
                     threads == 1 ? QStringLiteral("one thread") : QStringLiteral("%1 threads").arg(threads),
                     result.setup.clock() == bench::Clock::ThreadCpu ? QStringLiteral("CPU") : QStringLiteral("wall"),
                     QString::fromStdString(result.records.front().data))
                .arg(result.setup.repetitions));
    addLegend(scene, records, {left, room.bottom(), room.width() - left, legendHeight});
    scene.setSceneRect(room.adjusted(0, 0, 0, legendHeight));
}

QImage drawBench(const BenchResult &result)
{
    const OffscreenApplication application; // which charts need
    QGraphicsScene scene;
    addAll(scene, result);
    QImage image((scene.sceneRect().size() * scale).toSize(), QImage::Format_RGB32);
    image.fill(paper);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    scene.render(&painter);
    return image;
}

} // namespace

Result<BenchPlotter> benchPlotter()
{
    return [](const BenchResult &result) {
        return imageOf(drawBench(result));
    };
}

} // namespace nms::cli
