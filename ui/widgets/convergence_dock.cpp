// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_dock.h"

#include "ui/models/workspace.h"
#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace nms {

ConvergenceDock::ConvergenceDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Convergence"), QStringLiteral("convergence"), Heading::Shown, parent), m_workspace(workspace),
      m_chart(new ConvergenceChart(this))
{
    struct Entry {
        ConvergenceChart::Line line;
        QString name;
        QString meaning;
    };
    const Entry entries[] = {
        {ConvergenceChart::Rows, tr("rows"), tr("largest |row sum − N| / N")},
        {ConvergenceChart::Columns, tr("columns"), tr("largest |column sum − N| / N")},
        {ConvergenceChart::Capacity, tr("capacity"), tr("largest excess of an entry over 1, just before it is capped")},
        {ConvergenceChart::Gap, tr("gap"), tr("certified: |bound − objective| / bound, over all tiles")}};
    for (const Entry &entry : entries) {
        auto *label = new QLabel(QStringLiteral("– ") + entry.name, this);
        label->setToolTip(entry.meaning);
        label->setFont(monoFont(11));
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, ConvergenceChart::colorOf(entry.line));
        label->setPalette(palette);
        headingRow()->addWidget(label);
    }
    body()->setContentsMargins(8, 0, 8, 4);
    body()->addWidget(m_chart);

    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &ConvergenceDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&workspace, &Workspace::sessionChanged, this, later);
    connect(&workspace, &Workspace::snapshotChanged, this, later);
    connect(this, &QDockWidget::visibilityChanged, this, later);
    connect(m_chart, &ConvergenceChart::scrubbed, &workspace, &Workspace::scrubTo);
    refresh();
}

void ConvergenceDock::refresh()
{
    if (!isVisible())
        return;
    m_chart->setStats(m_workspace.iterationStats(), m_workspace.sessionStatus().plannedIterations);
    const auto snapshot = m_workspace.shownSnapshot();
    m_chart->setShown(snapshot ? std::optional<int>(snapshot->iteration) : std::nullopt);
}

} // namespace nms
