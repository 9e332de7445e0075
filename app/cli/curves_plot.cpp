// SPDX-License-Identifier: Apache-2.0
#include "app/cli/curves_plot.h"

#include "app/cli/bench_chart.h"

#include <QLineSeries>
#include <QScatterSeries>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace nms::cli {

namespace {

using bench::BenchResult;
using bench::Record;

/// What has a colour: a method with its rounding.
QString nameOf(const Record &record)
{
    QString name = QString::fromStdString(record.method);
    if (record.curvePoint && record.curvePoint->paperRounding)
        name += QStringLiteral(", the paper's rounding");
    return record.backend == "cpu" ? name : name + QStringLiteral(" on ") + QString::fromStdString(record.backend);
}

QColor colorOf(const Record &record)
{
    const bool isPaper = record.curvePoint && record.curvePoint->paperRounding;
    return isPaper ? QColor(0x8a, 0x2b, 0xe2) : asQColor(methodColor(record.method));
}

/// The smallest τ thin and dotted, the largest thick and solid.
QPen penOf(const Record &record, const std::vector<double> &taus)
{
    const auto at = std::size_t(std::find(taus.begin(), taus.end(), record.curvePoint->tau) - taus.begin());
    constexpr std::array styles{Qt::DotLine, Qt::DashDotLine, Qt::DashLine, Qt::SolidLine, Qt::SolidLine};
    const std::size_t rank = at * styles.size() / taus.size();
    return {colorOf(record), 1.0 + 0.4 * double(at), styles[std::min(rank, styles.size() - 1)]};
}

std::vector<const Record *> shown(const BenchResult &result)
{
    std::vector<const Record *> records;
    for (const Record &record : result.records)
        if ((record.threads == 0 || record.threads == result.setup.threads.front()) && record.done() &&
            record.transposable && record.verdict.gap)
            records.push_back(&record);
    return records;
}

QScatterSeries *markOf(const Record &record)
{
    auto *marks = new QScatterSeries;
    marks->setName(nameOf(record));
    marks->setMarkerSize(11);
    marks->setColor(colorOf(record));
    marks->setBorderColor(chartColors().paper);
    return marks;
}

/// Names of τ and the dash of their lines.
std::vector<QAbstractSeries *> legendOf(const std::vector<const Record *> &records, const std::vector<double> &taus)
{
    std::vector<QAbstractSeries *> legend;
    const auto isNamed = [&](const QString &name) {
        return std::any_of(legend.begin(), legend.end(), [&](auto *one) { return one->name() == name; });
    };
    for (const Record *record : records)
        if (!isNamed(nameOf(*record)))
            legend.push_back(markOf(*record));
    for (const Record *record : records) {
        if (!record->curvePoint)
            continue;
        const QString name = QStringLiteral("τ %1").arg(record->curvePoint->tau);
        if (isNamed(name))
            continue;
        auto *line = new QLineSeries;
        line->setName(name);
        QPen pen = penOf(*record, taus);
        pen.setColor(chartColors().ink);
        line->setPen(pen);
        legend.push_back(line);
    }
    return legend;
}

void addSeries(QChart &chart, const BenchChart &picture, const std::vector<const Record *> &records, const BenchPanel &panel,
               const std::vector<double> &taus)
{
    std::map<std::pair<QString, double>, QLineSeries *> lines; // by method and τ
    for (const Record *record : records) {
        if (record->pattern != panel.pattern || record->data != panel.data)
            continue;
        const QPointF at(1e6 * record->timing.median(), picture.placeOf(record->verdict.gap->mean));
        if (record->curvePoint) {
            QLineSeries *&line = lines[{nameOf(*record), record->curvePoint->tau}];
            if (line == nullptr) {
                line = new QLineSeries;
                line->setPen(penOf(*record, taus));
                line->setPointsVisible(true);
            }
            line->append(at);
        } else {
            QScatterSeries *mark = markOf(*record);
            mark->append(at);
            chart.addSeries(mark);
        }
    }
    for (const auto &[key, line] : lines)
        chart.addSeries(line);
}

} // namespace

QImage drawCurves(const BenchResult &result)
{
    const std::vector<const Record *> records = shown(result);
    std::vector<double> times, gaps;
    for (const Record *record : records) {
        times.push_back(1e6 * record->timing.median());
        gaps.push_back(record->verdict.gap->mean);
    }
    const std::vector<double> &taus = result.setup.curves->taus;
    std::vector<BenchPanel> panels;
    for (const std::string &data : result.setup.data)
        if (std::any_of(records.begin(), records.end(), [&](const Record *one) { return one->data == data; }))
            for (const NmPattern pattern : result.setup.patterns)
                panels.push_back({pattern, data});
    const int columns = int(result.setup.patterns.size());
    BenchChart picture(result, columns <= 4 ? columns : 3, std::move(times), gaps);
    picture.addPanels(panels,
                      [&](QChart &chart, const BenchPanel &panel) { addSeries(chart, picture, records, panel, taus); });
    QStringList iterations;
    for (const int count : result.setup.curves->iterations)
        iterations << QString::number(count);
    picture.addHeading(QStringLiteral("Transposable N:M masks: error against time, over τ and iterations"),
                       QStringLiteral("medians of %1 rounds · along each line %2 iterations")
                           .arg(result.setup.repetitions)
                           .arg(iterations.join(QStringLiteral(", "))));
    picture.addLegend(legendOf(records, taus));
    return picture.draw();
}

} // namespace nms::cli
