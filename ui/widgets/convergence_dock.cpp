// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_dock.h"

#include "ui/models/format.h"
#include "ui/models/run_list.h"
#include "ui/models/transport.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace nms {

ConvergenceDock::ConvergenceDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Convergence"), QStringLiteral("convergence"), Heading::Shown, parent), m_workspace(workspace),
      m_chart(new ConvergenceChart(this))
{
    static const std::array<QString, ConvergenceChart::LineCount> meanings{
        tr("largest |row sum − N| / N"), tr("largest |column sum − N| / N"),
        tr("largest excess of an entry over 1, just before it is capped"),
        tr("|certified bound − ⟨S, A⟩| / bound, over all tiles")};
    for (std::size_t line = 0; line < m_readings.size(); ++line) {
        auto *label = m_readings[line] = new QLabel(this);
        label->setToolTip(tr("%1; at the iteration on screen").arg(meanings[line]));
        label->setFont(monoFont(11));
        label->setMinimumWidth(1); // appearing and disappearing numbers must not widen the panel
        colorText(label, [line] { return ConvergenceChart::colorOf(ConvergenceChart::Line(line)); });
        headingRow()->addWidget(label);
    }
    m_chart->setAccessibleName(tr("Convergence"));
    m_chart->setToolTip(tr("Residuals |Σ − N| / N and certified gap by iteration; a click or drag goes to an iteration"));
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
    connect(&workspace.runs(), &RunList::changed, this, later);
    connect(&workspace, &Workspace::optionsChanged, this, later); // another run may be on screen
    connect(this, &QDockWidget::visibilityChanged, this, later);
    connect(m_chart, &ConvergenceChart::scrubbed, &Transport::of(workspace), &Transport::scrubTo);
    refresh();
}

void ConvergenceDock::refresh()
{
    if (!isVisible())
        return;
    std::vector<OverlaidRun> overlays;
    for (const RunList::Run &run : m_workspace.runs().ticked())
        if (run->id != m_workspace.shownRun() && !run->statistics->empty())
            overlays.push_back({run->name, run->statistics});
    m_chart->setOverlays(overlays);
    m_chart->setStats(m_workspace.iterationStats(), m_workspace.sessionStatus().plannedIterations);
    const auto snapshot = m_workspace.shownSnapshot();
    showReadings(snapshot ? &snapshot->stats : nullptr);
    m_chart->setShown(snapshot ? std::optional<int>(snapshot->iteration) : std::nullopt);
}

/// Shows the name of each line, with its value if there is enough space.
void ConvergenceDock::showReadings(const IterationStats *stats)
{
    static const std::array<QString, ConvergenceChart::LineCount> names{tr("rows"), tr("columns"), tr("capacity"),
                                                                        QString::fromUtf8(nameOf(TileFigure::PlanGap))};
    constexpr int roomy = 440;
    for (std::size_t line = 0; line < m_readings.size(); ++line) {
        QString text = QStringLiteral("– ") + names[line];
        if (stats && width() >= roomy)
            text += QLatin1Char(' ') + format::percent(ConvergenceChart::valueOf(*stats, ConvergenceChart::Line(line)));
        m_readings[line]->setText(text);
    }
}

} // namespace nms
