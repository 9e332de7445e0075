// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/prune_price_chart.h"

#include "ui/widgets/chart_style.h"
#include "ui/widgets/theme.h"

#include <QBarCategoryAxis>
#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QPainter>
#include <QScatterSeries>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace nms {

QColor PrunePriceChart::colorOf(Framework framework)
{
    switch (framework) {
    case Framework::Magnitude:
        return theme().muted;
    case Framework::Wanda:
        return theme().warn;
    case Framework::SparseGpt:
        return theme().violet;
    case Framework::Alps:
        break;
    }
    return theme().good;
}

PrunePriceChart::PrunePriceChart(QWidget *parent)
    : QChartView(parent), m_patterns(new QBarCategoryAxis(this)), m_errors(new QLogValueAxis(this))
{
    QChart *content = styledChart(*this);
    content->legend()->hide(); // the legend is beside the chart, with the costs
    setMinimumHeight(72);
    m_errors->setLabelFormat(QStringLiteral("%g %"));
    m_errors->setBase(10);
    m_errors->setMinorTickCount(8);
    m_errors->setMinorGridLineVisible(false);
    content->addAxis(m_patterns, Qt::AlignBottom);
    content->addAxis(m_errors, Qt::AlignLeft);
    styleAxis(*m_patterns);
    styleAxis(*m_errors);
    m_patterns->setGridLineVisible(false);
    setResults({});
}

void PrunePriceChart::setResults(const std::vector<jobs::PruneCaseResult> &results)
{
    std::vector<NmPattern> patterns;
    std::vector<std::pair<Framework, Kind>> lines;
    double low = 1e9, high = 0;
    for (const jobs::PruneCaseResult &result : results) {
        if (std::ranges::find(patterns, result.which.pattern) == patterns.end())
            patterns.push_back(result.which.pattern);
        const std::pair line{result.which.framework, result.which.kind};
        if (std::ranges::find(lines, line) == lines.end())
            lines.push_back(line);
        if (result.error > 0) {
            low = std::min(low, 100 * result.error);
            high = std::max(high, 100 * result.error);
        }
    }
    m_isEmpty = high <= 0;
    m_lacksError = m_isEmpty && !results.empty();
    chart()->removeAllSeries();
    QStringList names;
    for (const NmPattern &pattern : patterns)
        names << QString::fromStdString(pattern.text());
    m_patterns->setCategories(names.isEmpty() ? QStringList{QString()} : names);
    if (m_isEmpty) {
        low = 0.1;
        high = 10;
    }
    // The lines fill the height of the chart, but the axis must contain a power of ten, since only these have labels.
    const double nearest = std::pow(10.0, std::round((std::log10(low) + std::log10(high)) / 2));
    m_errors->setRange(0.8 * std::min(low, nearest), 1.25 * std::max(high, nearest));
    for (const auto &[framework, kind] : lines)
        addLine(results, patterns, framework, kind);
    viewport()->update();
}

void PrunePriceChart::addLine(const std::vector<jobs::PruneCaseResult> &results, const std::vector<NmPattern> &patterns,
                              Framework framework, Kind kind)
{
    const bool isBoth = kind == Kind::Transposable;
    QList<QPointF> points;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        const jobs::PruneCase which{framework, kind, patterns[i]};
        const auto result = std::ranges::find(results, which, &jobs::PruneCaseResult::which);
        if (result != results.end() && result->error > 0)
            points << QPointF(double(i), 100 * result->error);
    }
    const std::string_view title = traitsOf(framework).title;
    const QString name = tr("%1, %2").arg(QString::fromUtf8(title.data(), qsizetype(title.size())),
                                          isBoth ? tr("transposable") : tr("row N:M"));
    auto *line = new QLineSeries;
    line->setPen(QPen(colorOf(framework), 1.8, isBoth ? Qt::SolidLine : Qt::DashLine));
    auto *marks = new QScatterSeries;
    marks->setMarkerSize(isBoth ? 7 : 5);
    marks->setColor(colorOf(framework));
    marks->setBorderColor(Qt::transparent);
    for (QXYSeries *series : {static_cast<QXYSeries *>(line), static_cast<QXYSeries *>(marks)}) {
        series->append(points);
        chart()->addSeries(series);
        series->attachAxis(m_patterns);
        series->attachAxis(m_errors);
    }
    connect(marks, &QScatterSeries::hovered, this, [this, name](const QPointF &at, bool isOver) {
        const int index = int(std::lround(at.x()));
        if (isOver && index >= 0 && index < m_patterns->count())
            QToolTip::showText(QCursor::pos(),
                               tr("%1 at %2: error %3 %").arg(name, m_patterns->at(index)).arg(at.y(), 0, 'g', 3));
        else
            QToolTip::hideText();
    });
}

void PrunePriceChart::drawForeground(QPainter *painter, const QRectF &)
{
    if (m_lacksError)
        drawChartHint(*painter, chart()->plotArea(), tr("Without a calibration file no error is known"));
    else if (m_isEmpty)
        drawChartHint(*painter, chart()->plotArea(),
                      tr("Compare: error of every framework by pattern, transposable and along rows alone"));
}

} // namespace nms
