// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/prune_dock.h"

#include "core/io/weights_format.h"
#include "ui/models/prune_run.h"
#include "ui/models/prune_verdict.h"
#include "ui/models/workspace.h"
#include "ui/widgets/prune_chart.h"
#include "ui/widgets/prune_compare_page.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

QString colored(const Verdict &verdict)
{
    return QStringLiteral("<span style='color:%1'>● %2</span>")
        .arg(theme().of(verdict.level).name(), verdict.text.toHtmlEscaped());
}

} // namespace

PruneDock::PruneDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Pruning"), QStringLiteral("pruning"), Heading::InTab, parent), m_workspace(workspace),
      m_chart(new PruneChart(this)), m_pages(new QStackedWidget(this)), m_compare(new PruneComparePage(workspace, this))
{
    setAcceptDrops(true);
    body()->setSpacing(6);
    body()->addLayout(settingsRow());
    body()->addLayout(inputsRow());
    auto *run = new QWidget(this);
    auto *column = new QVBoxLayout(run);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(chartRow(), 1);
    column->addLayout(stepsRow());
    m_pages->addWidget(run);
    m_pages->addWidget(m_compare);
    body()->addWidget(m_pages, 1);
    connect(m_chart, &PruneChart::scrubbed, this, [this](int step) {
        m_workspace.setShowsPruning(true);
        m_workspace.pruning().scrubTo(step);
    });
    m_timer.setSingleShot(true);
    m_timer.setInterval(60);
    connect(&m_timer, &QTimer::timeout, this, &PruneDock::refresh);
    const auto soon = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    for (const auto signal : {&Workspace::pruningChanged, &Workspace::optionsChanged, &Workspace::tensorChanged})
        connect(&workspace, signal, this, soon);
    connect(this, &QDockWidget::visibilityChanged, this, soon);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, soon);
    showPage(Run);
    showSettings();
    showInputs();
    showRun();
}

void PruneDock::apply()
{
    PruneOptions options = m_workspace.pruneOptions();
    options.framework = Framework(m_framework->currentData().toInt());
    options.kind = Kind(m_kind->currentData().toInt());
    options.damping = m_damping->value();
    m_workspace.setPruneOptions(options);
}

void PruneDock::chooseCalibration()
{
    const auto tensor = m_workspace.tensor();
    QStringList patterns;
    for (const WeightsFormat *format : weightsFormats())
        for (const std::string_view ending : format->endings)
            patterns << QLatin1Char('*') + QString::fromUtf8(ending.data(), qsizetype(ending.size()));
    const QString before = m_workspace.pruning().calibration();
    const QString name =
        QFileDialog::getOpenFileName(this, tr("Activations that go into each layer"),
                                     !before.isEmpty() ? before
                                         : tensor      ? QFileInfo(tensor->file).path()
                                                       : QString(),
                                     tr("Activations (%1);;All files (*)").arg(patterns.join(QLatin1Char(' '))));
    if (!name.isEmpty())
        m_workspace.setCalibration(name);
}

void PruneDock::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void PruneDock::dropEvent(QDropEvent *event)
{
    m_workspace.setCalibration(event->mimeData()->urls().front().toLocalFile());
    event->acceptProposedAction();
}

void PruneDock::showPage(int page)
{
    m_page->setCurrent(page);
    m_pages->setCurrentIndex(page);
    refresh();
}

void PruneDock::refresh()
{
    if (!isVisible())
        return;
    if (m_pages->currentIndex() == Compare)
        m_compare->refresh();
    showSettings();
    showInputs();
    showRun();
}

void PruneDock::showSettings()
{
    const PruneOptions options = m_workspace.pruneOptions();
    const QSignalBlocker blockers[] = {QSignalBlocker(m_damping), QSignalBlocker(m_shows)};
    m_shows->setChecked(m_workspace.showsPruning());
    m_framework->setCurrentIndex(m_framework->findData(int(options.framework)));
    m_kind->setCurrentIndex(m_kind->findData(int(options.kind)));
    if (!m_damping->hasFocus())
        m_damping->setValue(options.damping);
    m_damping->setEnabled(traitsOf(options.framework).usesGram);
    const QString pattern = QString::fromStdString(options.tiles.pattern.text());
    m_tiles->setText(
        options.kind == Kind::Transposable
            ? QStringLiteral("%1 %2").arg(pattern, QString::fromStdString(std::string(nameOf(options.tiles.method))))
            : pattern);
    const int pace = m_pace->findData(int(m_workspace.pruning().pace()));
    m_pace->setCurrentIndex(std::max(0, pace));
}

void PruneDock::showInputs()
{
    const PruneRun &run = m_workspace.pruning();
    const QString name = run.calibration();
    m_file->setText(name.isEmpty() ? tr("Calibration…")
                                   : m_file->fontMetrics().elidedText(QFileInfo(name).fileName(), Qt::ElideMiddle, 100));
    m_file->setToolTip(name.isEmpty() ? tr("Choose a file of activations that go into each layer, or drop one here") : name);
    m_noFile->setVisible(!name.isEmpty());
    const Verdict verdict = inputsVerdict(run);
    m_inputs->setText(colored(verdict));
    m_inputs->setToolTip(verdict.text);
}

void PruneDock::showRun()
{
    const PruneRun &run = m_workspace.pruning();
    const PruneView &view = run.view();
    const SessionState state = view.status.state;
    const bool hasTensor = m_workspace.tensor() != nullptr;
    const auto shown = run.shown();
    m_run->setText(state == SessionState::Running ? tr("Pause") : state == SessionState::Paused ? tr("Go on") : tr("Prune"));
    m_run->setEnabled(hasTensor);
    m_step->setEnabled(hasTensor && state != SessionState::Running);
    m_restart->setEnabled(run.isStarted());
    m_cancel->setEnabled(run.canGoOn());

    m_chart->setFigures(view.figures.get(), view.status.plannedIterations);
    for (int line = 0; line < PruneChart::LineCount; ++line)
        m_legend[line]->setVisible(m_chart->isDrawn(line));
    m_chart->setShown(shown ? std::optional(shown->step()) : std::nullopt);
    const int last = view.status.iteration, at = shown ? shown->step() : 0;
    {
        const QSignalBlocker blocker(m_steps);
        m_steps->setRange(0, std::max(last, 1));
        m_steps->setValue(at);
    }
    m_steps->setEnabled(last > 0);
    m_back->setEnabled(at > 0);
    m_forward->setEnabled(hasTensor && (at < last || state == SessionState::Paused || state == SessionState::Idle));
    m_rewind->setEnabled(run.scrubbedTo().has_value());
    m_position->setText(view.status.plannedIterations > 0 ? tr("step %1 of %2").arg(at).arg(view.status.plannedIterations)
                                                          : tr("step %1").arg(at));
    const Verdict verdict = pruneVerdict(run);
    m_verdict->setText(colored(verdict));
    m_verdict->setToolTip(verdict.advice);
}

} // namespace nms
