// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/statistics_dock.h"

#include "ui/models/format.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/statistics_chart.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

constexpr std::size_t mostPoints = 512;
constexpr qsizetype mostNamed = 12; // dead rows or columns that are listed

QColor accentColor()
{
    return theme().accent;
}

QColor goodColor()
{
    return theme().good;
}

std::vector<double> densities(const LineCounts &counts, bool isRows)
{
    std::vector<double> out;
    const std::int64_t lines = isRows ? counts.rows : counts.cols;
    for (std::int64_t k = 0; k < lines; ++k)
        out.push_back(isRows ? counts.densityOfRow(k) : counts.densityOfColumn(k));
    return out;
}

/// "3 dead rows: 17, 204, 205", "no dead row"
QString deadText(const std::vector<std::int64_t> &dead, bool isRows)
{
    if (dead.empty())
        return isRows ? StatisticsDock::tr("no dead row") : StatisticsDock::tr("no dead column");
    QStringList names;
    for (const std::int64_t line : dead) {
        if (names.size() == mostNamed) {
            names << QStringLiteral("…");
            break;
        }
        names << QString::number(line);
    }
    const QString what = isRows
        ? (dead.size() == 1 ? StatisticsDock::tr("dead row") : StatisticsDock::tr("dead rows"))
        : (dead.size() == 1 ? StatisticsDock::tr("dead column") : StatisticsDock::tr("dead columns"));
    return QStringLiteral("%1 %2: %3").arg(format::count(std::int64_t(dead.size())), what, names.join(QStringLiteral(", ")));
}

/// "weights: 12 % to 98 %"
QString rangeText(const QString &name, const std::vector<double> &values)
{
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return QStringLiteral("%1: %2 … %3").arg(name, format::share(*least), format::share(*most));
}

} // namespace

StatisticsDock::StatisticsDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Statistics"), QStringLiteral("statistics"), Heading::InTab, parent), m_workspace(workspace),
      m_task(workspace), m_pages(new SegmentedControl({tr("Rows"), tr("Columns"), tr("Gaps"), tr("Residuals")}, this)),
      m_chart(new StatisticsChart(this)), m_text(new QLabel(this))
{
    m_pages->setToolTipOf(Rows, tr("Density of every row: its share of weights that are not zero, and of those kept"));
    m_pages->setToolTipOf(Columns, tr("Density of every column: its share of weights that are not zero, and of those kept"));
    m_pages->setToolTipOf(Gaps, tr("How many tiles have which gap: |bound − ⟨S, A⟩| / bound, of plan and mask"));
    m_pages->setToolTipOf(Residuals, tr("How many tiles have which residual |sum − N| / N at the iteration shown"));
    m_pages->setAccessibleName(tr("Which statistics"));
    m_pages->setCurrent(m_page);
    connect(m_pages, &SegmentedControl::activated, this, [this](int page) {
        m_page = Page(page);
        refresh();
    });
    m_text->setObjectName(QStringLiteral("statisticsText"));
    m_text->setFont(monoFont(12));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setFocusPolicy(Qt::NoFocus);
    m_chart->setAccessibleName(tr("Statistics of the tensor"));
    m_chart->setToolTip(tr("Shares along rows or columns, or counts of tiles; many lines are drawn as means"));
    auto *row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(m_pages);
    row->addWidget(m_text, 1);
    body()->addLayout(row);
    body()->addWidget(m_chart, 1);
    connect(this, &QDockWidget::visibilityChanged, this, [this] { m_task.setActive(isVisible()); });
    connect(&m_task, &StatisticsTask::changed, this, &StatisticsDock::refresh);
    refresh();
}

void StatisticsDock::showPage(Page page)
{
    m_page = page;
    m_pages->setCurrent(page);
    refresh();
}

void StatisticsDock::refresh()
{
    const auto statistics = m_task.statistics();
    if (!statistics) {
        m_text->clear();
        m_chart->showHint(m_workspace.tensor() ? tr("Counting …") : tr("Density of rows and columns, gaps and residuals"));
        return;
    }
    if (m_page == Rows || m_page == Columns)
        showDensity(*statistics, m_page == Rows);
    else
        showDistribution(*statistics);
}

void StatisticsDock::showDensity(const TensorStatistics &statistics, bool isRows)
{
    const std::vector<double> weights = densities(statistics.weights, isRows);
    QStringList text{deadText(isRows ? statistics.weights.deadRows() : statistics.weights.deadColumns(), isRows),
                     rangeText(tr("not zero"), weights)};
    std::vector<StatisticsChart::Line> lines{{tr("weights not zero"), accentColor, binned(weights, mostPoints)}};
    if (statistics.mask) {
        const std::vector<double> kept = densities(*statistics.mask, isRows);
        lines.push_back({tr("kept by the mask"), goodColor, binned(kept, mostPoints)});
        text << rangeText(tr("kept"), kept);
    }
    m_text->setText(text.join(QStringLiteral("; ")));
    m_chart->showLines(isRows ? tr("row") : tr("column"), lines);
}

void StatisticsDock::showDistribution(const TensorStatistics &statistics)
{
    std::vector<StatisticsChart::Bars> bars;
    QStringList text;
    const auto add = [&](const QString &name, const std::function<QColor()> &color, const std::optional<Histogram> &of) {
        if (!of)
            return;
        bars.push_back({name, color, *of});
        if (of->zeros > 0)
            text << tr("%1 of %2 tiles: %3 0").arg(format::count(of->zeros), format::count(of->total()), name);
    };
    if (m_page == Gaps) {
        add(tr("plan gap"), accentColor, statistics.planGaps);
        add(tr("mask gap"), goodColor, statistics.maskGaps);
    } else {
        add(tr("residual"), accentColor, statistics.residuals);
    }
    if (bars.empty()) {
        m_text->clear();
        m_chart->showHint(m_page == Gaps ? tr("Run the solver to see how its gaps are distributed")
                                         : tr("Run a method with iterations to see how its residuals are distributed"));
        return;
    }
    if (statistics.planGaps)
        text.prepend(tr("iteration %1").arg(format::count(statistics.iteration)));
    m_text->setText(text.join(QStringLiteral("; ")));
    m_chart->showHistograms(m_page == Gaps ? tr("gap of a tile") : tr("residual of a tile"), bars);
}

} // namespace nms
