// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/comparison_chart.h"

#include "core/view/theme_colors.h"
#include "ui/models/comparison_model.h"
#include "ui/widgets/chart_style.h"

#include <QBarCategoryAxis>
#include <QBarSeries>
#include <QBarSet>
#include <QChart>
#include <QLegend>
#include <QToolTip>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace nms {

static QColor colorOf(Method method)
{
    const Rgba8 color = methodColor(nameOf(method));
    return {color.r, color.g, color.b};
}

ComparisonChart::ComparisonChart(QWidget *parent)
    : QChartView(parent), m_patterns(new QBarCategoryAxis(this)), m_errors(new QValueAxis(this))
{
    QChart *content = styledChart(*this);
    content->addAxis(m_patterns, Qt::AlignBottom);
    content->addAxis(m_errors, Qt::AlignLeft);
    styleAxis(*m_patterns);
    styleAxis(*m_errors);
    m_patterns->setGridLineVisible(false);
    m_errors->setLabelFormat(QStringLiteral("%.2f"));
    m_errors->setTitleText(tr("squared error"));
}

void ComparisonChart::setRows(const std::vector<ComparisonRow> &rows)
{
    std::vector<NmPattern> patterns;
    std::vector<Method> methods;
    double largest = 0;
    for (const ComparisonRow &row : rows) {
        if (std::find(patterns.begin(), patterns.end(), row.which.pattern) == patterns.end())
            patterns.push_back(row.which.pattern);
        if (std::find(methods.begin(), methods.end(), row.which.method) == methods.end())
            methods.push_back(row.which.method);
        largest = std::max(largest, row.metrics.relativeSquaredError);
    }
    QStringList names;
    for (const NmPattern &pattern : patterns)
        names << QString::fromStdString(pattern.text());

    chart()->removeAllSeries();
    auto *series = new QBarSeries;
    series->setBarWidth(0.8);
    for (const Method method : methods) {
        const std::string_view name = nameOf(method);
        auto *set = new QBarSet(QString::fromUtf8(name.data(), qsizetype(name.size())));
        set->setColor(colorOf(method));
        set->setBorderColor(Qt::transparent);
        for (const NmPattern &pattern : patterns) {
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const ComparisonRow &candidate) {
                return candidate.which.pattern == pattern && candidate.which.method == method;
            });
            *set << (row == rows.end() ? 0 : row->metrics.relativeSquaredError);
        }
        series->append(set);
    }
    connect(series, &QBarSeries::hovered, this, [this](bool isOver, int index, QBarSet *set) {
        QToolTip::showText(QCursor::pos(),
                           isOver ? tr("%1 %2: %3").arg(m_patterns->at(index), set->label()).arg(set->at(index), 0, 'f', 4)
                                  : QString());
    });
    chart()->addSeries(series);
    series->attachAxis(m_patterns);
    series->attachAxis(m_errors);
    m_patterns->setCategories(names);
    const double step = std::max(0.01, std::pow(10.0, std::floor(std::log10(std::max(largest, 0.01)))) / 2);
    m_errors->setRange(0, std::max(step, std::ceil(largest / step) * step));
    m_errors->setTickCount(3);
    chart()->legend()->setVisible(!rows.empty());
}

} // namespace nms
