// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/convergence_dock.h"

#include "core/jobs/plan_health.h"
#include "ui/models/chart_points.h"
#include "ui/models/drift_run.h"
#include "ui/models/format.h"
#include "ui/models/run_list.h"
#include "ui/models/transport.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <span>

namespace nms {

ConvergenceDock::ConvergenceDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Convergence"), QStringLiteral("convergence"), Heading::Shown, parent), m_workspace(workspace),
      m_chart(new ConvergenceChart(this)), m_drift(new DriftRun(workspace, this)), m_health(new QLabel(this))
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
    m_health->setObjectName(QStringLiteral("health"));
    m_health->setFont(monoFont(11));
    m_health->setMinimumWidth(1);
    headingRow()->addWidget(m_health);
    m_chart->setAccessibleName(tr("Convergence"));
    m_chart->setToolTip(tr("Residuals |Σ − N| / N and certified gap by iteration; a click or drag goes to an iteration, the "
                           "wheel or Shift and drag zooms, a double click shows all"));
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
    connect(m_drift, &DriftRun::changed, this, later);
    connect(m_drift, &DriftRun::finished, this, [this] { emit message(driftText(*m_drift->result())); });
    connect(m_drift, &DriftRun::failed, this,
            [this](const Error &error) { emit message(QString::fromStdString(error.line())); });
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
    const SolveOptions options = m_workspace.shownOptions();
    m_chart->setStats(m_workspace.iterationStats(), m_workspace.sessionStatus().plannedIterations,
                      isEntropic(options.method) ? std::optional(options.residualLimit()) : std::nullopt);
    m_chart->setBreakpoint(m_workspace.breakpoint());
    const auto snapshot = m_workspace.shownSnapshot();
    showReadings(snapshot ? &snapshot->stats : nullptr);
    showHealth(snapshot.get(), isEntropic(options.method));
    QList<QPointF> drift;
    if (const auto &found = m_drift->result())
        for (const jobs::DriftStep &step : found->steps)
            drift << QPointF(step.iteration, step.largest);
    m_chart->setDrift(drift);
    m_chart->setShown(snapshot ? std::optional<int>(snapshot->iteration) : std::nullopt);
}

void ConvergenceDock::goToConverged()
{
    const SolveOptions options = m_workspace.shownOptions();
    if (!isEntropic(options.method)) {
        emit message(tr("Only entropic methods are judged by their residual"));
        return;
    }
    if (const auto first = firstConverged(m_workspace.iterationStats(), options.residualLimit()))
        return Transport::of(m_workspace).scrubTo(*first);
    emit message(tr("No iteration has a residual of %1 or less yet").arg(format::percent(options.residualLimit())));
}

void ConvergenceDock::toggleDrift()
{
    if (m_drift->isRunning()) {
        m_drift->cancel();
        emit message(tr("The comparison with double precision is cancelled"));
        return;
    }
    m_drift->start();
    if (m_drift->isRunning())
        emit message(tr("Comparing with double precision: the same settings on up to %1 tiles; the command again cancels")
                         .arg(DriftRun::mostTiles));
}

/// Judges the plan on screen; a finding that is not serious is only in the tool tip.
void ConvergenceDock::showHealth(const Snapshot *snapshot, bool isEntropicRun)
{
    const auto tensor = m_workspace.tensor();
    m_health->setVisible(snapshot && isEntropicRun && tensor);
    if (!m_health->isVisibleTo(this))
        return;
    constexpr std::int64_t mostCells = std::int64_t(1) << 16; // the GUI thread examines them, ten times a second
    const std::int64_t tileSide = snapshot->grid.m;
    const auto &all = m_workspace.iterationStats();
    const auto end = std::upper_bound(all.begin(), all.end(), snapshot->iteration,
                                      [](int iteration, const IterationStats &one) { return iteration < one.iteration; });
    const jobs::HealthNote note =
        jobs::healthNote(jobs::planHealth(*snapshot, tensor->score->span(), mostCells / (tileSide * tileSide)),
                         std::span(all.data(), std::size_t(end - all.begin())), m_workspace.shownOptions());
    const QString text = QString::fromStdString(note.text);
    const QString remedy = note.remedy.empty() ? QString() : QStringLiteral(": ") + QString::fromStdString(note.remedy);
    m_health->setText(note.level == jobs::HealthLevel::Sound ? tr("✓ sound") : QStringLiteral("● ") + text);
    m_health->setToolTip(note.text.empty() ? tr("Nothing of the plan is visible to be examined") : text + remedy);
    const jobs::HealthLevel level = note.level;
    const QString name = level == jobs::HealthLevel::Sound ? QStringLiteral("good")
        : level == jobs::HealthLevel::Noted                ? QStringLiteral("warning")
                                                           : QStringLiteral("error");
    if (m_health->property("level") == name)
        return;
    m_health->setProperty("level", name); // which the style sheet colours
    m_health->style()->unpolish(m_health);
    m_health->style()->polish(m_health);
}

/// Shows the name of each line, with its value if there is enough space.
void ConvergenceDock::showReadings(const IterationStats *stats)
{
    constexpr int roomy = 440;
    for (std::size_t line = 0; line < m_readings.size(); ++line) {
        QString text = QStringLiteral("– ") + ConvergenceChart::nameOf(ConvergenceChart::Line(line));
        if (stats && width() >= roomy)
            text += QLatin1Char(' ') + format::percent(ConvergenceChart::valueOf(*stats, ConvergenceChart::Line(line)));
        m_readings[line]->setText(text);
    }
}

} // namespace nms
