// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_plot.h"

#include "app/cli/bench_chart.h"
#include "app/cli/curves_plot.h"
#include "app/cli/offscreen_application.h"
#include "app/cli/qimage_pixels.h"

#include <QLineSeries>
#include <QScatterSeries>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using bench::BenchResult;
using bench::Record;

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

QScatterSeries *marksOf(const Record &record)
{
    const Look &look = *lookOf(record.method);
    const QColor color = asQColor(methodColor(record.method));
    const bool onDevice = record.backend.starts_with("cuda") || record.backend.ends_with(", cuda");
    auto *marks = new QScatterSeries;
    marks->setName(nameOf(record));
    marks->setMarkerShape(look.shape);
    marks->setMarkerSize(onDevice ? 13 : 11);
    marks->setBrush(look.filled ? color : chartColors().paper);
    const QColor border = !look.filled ? color : onDevice ? chartColors().ink : chartColors().paper;
    marks->setPen(QPen(border, border == chartColors().paper ? 0.8 : 1.8));
    return marks;
}

void addRecord(QChart &chart, const Record &record, double y)
{
    const bench::Timing &timing = record.timing;
    auto *bar = new QLineSeries;
    bar->setPen(QPen(asQColor(methodColor(record.method)), 1.2));
    bar->append(1e6 * timing.least(), y);
    bar->append(1e6 * timing.most(), y);
    chart.addSeries(bar);
    QScatterSeries *marks = marksOf(record);
    marks->append(1e6 * timing.median(), y);
    chart.addSeries(marks);
}

/// One entry for each method and peer.
std::vector<QAbstractSeries *> legendOf(const std::vector<const Record *> &records)
{
    std::vector<QAbstractSeries *> marks;
    for (const Record *record : records)
        if (std::none_of(marks.begin(), marks.end(), [&](auto *one) { return one->name() == nameOf(*record); }))
            marks.push_back(marksOf(*record));
    return marks;
}

QImage drawBench(const BenchResult &result)
{
    const std::vector<const Record *> records = shown(result);
    std::vector<double> times, gaps;
    for (const Record *record : records) {
        times.insert(times.end(), {1e6 * record->timing.least(), 1e6 * record->timing.most()});
        gaps.push_back(record->verdict.gap->mean);
    }
    const std::string &data = result.records.front().data;
    std::vector<BenchPanel> panels;
    for (const NmPattern pattern : result.setup.patterns)
        panels.push_back({pattern, data});
    BenchChart picture(result, 3, std::move(times), gaps);
    picture.addPanels(panels, [&](QChart &chart, const BenchPanel &panel) {
        for (const Record *record : records)
            if (record->pattern == panel.pattern)
                addRecord(chart, *record, picture.placeOf(record->verdict.gap->mean));
    });
    picture.addHeading(QStringLiteral("Transposable N:M masks: time against distance from the optimum"),
                       QStringLiteral("%1 scores · medians of %2 rounds, bars from the shortest to the longest")
                           .arg(QString::fromStdString(data))
                           .arg(result.setup.repetitions));
    picture.addLegend(legendOf(records));
    return picture.draw();
}

} // namespace

Result<BenchPlotter> benchPlotter()
{
    return [](const BenchResult &result) {
        const OffscreenApplication application; // which charts need
        return imageOf(result.setup.curves ? drawCurves(result) : drawBench(result));
    };
}

} // namespace nms::cli
