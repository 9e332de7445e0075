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

/// "0.01", not "0.0100": as a person would type it.
class PlainBox : public QDoubleSpinBox
{
public:
    using QDoubleSpinBox::QDoubleSpinBox;
    QString textFromValue(double value) const override { return QString::number(value, 'g', 4); }
};

QPushButton *commandButton(const QString &text, const QString &hint, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setToolTip(hint);
    button->setFocusPolicy(Qt::TabFocus); // Space belongs to run and pause
    return button;
}

QToolButton *plainButton(const QString &text, const QString &hint, QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setObjectName(QStringLiteral("plain"));
    button->setText(text);
    button->setToolTip(hint);
    button->setAccessibleName(hint);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

QString colored(const Verdict &verdict)
{
    return QStringLiteral("<span style='color:%1'>● %2</span>")
        .arg(theme().of(verdict.level).name(), verdict.text.toHtmlEscaped());
}

QString kindLabel(Kind kind)
{
    switch (kind) {
    case Kind::Transposable:
        return PruneDock::tr("transposable");
    case Kind::RowNm:
        return PruneDock::tr("row N:M");
    case Kind::Unstructured:
        break;
    }
    return PruneDock::tr("unstructured");
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
    showPage(Run);
    showSettings();
    showInputs();
    showRun();
}

QHBoxLayout *PruneDock::settingsRow()
{
    m_framework = new QComboBox(this);
    m_framework->setToolTip(tr("How the weights that stay are chosen, and what they become"));
    m_framework->setAccessibleName(tr("Framework"));
    for (const FrameworkTraits &traits : frameworks())
        m_framework->addItem(QString::fromUtf8(traits.title.data(), qsizetype(traits.title.size())), int(traits.framework));
    m_kind = new QComboBox(this);
    m_kind->setAccessibleName(tr("Kind of mask"));
    m_kind->setToolTip(tr("transposable: N of M along rows and columns of every tile\nrow N:M: N of M inputs of an output\n"
                          "unstructured: the fraction N/M"));
    for (const Kind kind : kinds())
        m_kind->addItem(kindLabel(kind), int(kind));
    for (QComboBox *box : {m_framework, m_kind}) {
        box->setFocusPolicy(Qt::TabFocus);
        connect(box, &QComboBox::activated, this, &PruneDock::apply);
    }
    m_tiles = new QLabel(this);
    m_tiles->setObjectName(QStringLiteral("muted"));
    m_tiles->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_tiles->setFont(monoFont(12));
    m_tiles->setToolTip(tr("Pattern and method of the tiles are those of the run settings"));
    m_damping = new PlainBox(this);
    m_damping->setDecimals(4);
    m_damping->setRange(0.0001, 1);
    m_damping->setSingleStep(0.01);
    m_damping->setLocale(QLocale::c());
    m_damping->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_damping->setKeyboardTracking(false);
    m_damping->setFont(monoFont(12));
    m_damping->setFixedWidth(60);
    m_damping->setAccessibleName(tr("Damping"));
    m_damping->setToolTip(tr("Share of the mean of diag(XᵀX) that is added to the diagonal"));
    connect(m_damping, &QDoubleSpinBox::valueChanged, this, &PruneDock::apply);
    connect(m_damping, &QAbstractSpinBox::editingFinished, m_damping, [box = m_damping] { box->clearFocus(); });
    m_page = new SegmentedControl({tr("Run"), tr("Compare")}, this);
    connect(m_page, &SegmentedControl::activated, this, &PruneDock::showPage);
    auto *dampingWord = new QLabel(tr("damping"), this);
    dampingWord->setObjectName(QStringLiteral("muted"));
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_framework);
    row->addWidget(m_kind);
    row->addWidget(m_tiles, 1);
    row->addWidget(dampingWord);
    row->addWidget(m_damping);
    row->addSpacing(4);
    row->addWidget(m_page);
    return row;
}

QHBoxLayout *PruneDock::inputsRow()
{
    m_file = commandButton({}, {}, this);
    connect(m_file, &QPushButton::clicked, this, &PruneDock::chooseCalibration);
    m_noFile = plainButton(QStringLiteral("×"), tr("No calibration file"), this);
    connect(m_noFile, &QToolButton::clicked, this, [this] { m_workspace.setCalibration({}); });
    m_inputs = new QLabel(this);
    m_inputs->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_shows = new QCheckBox(tr("show"), this);
    m_shows->setFocusPolicy(Qt::TabFocus);
    m_shows->setToolTip(tr("Views and timeline show the pruning in place of the solve: weights as they stand, mask, error"));
    connect(m_shows, &QCheckBox::toggled, &m_workspace, &Workspace::setShowsPruning);
    m_verdict = new QLabel(this);
    m_verdict->setObjectName(QStringLiteral("strong"));
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_file);
    row->addWidget(m_noFile);
    row->addWidget(m_inputs, 1);
    row->addWidget(m_verdict);
    row->addSpacing(4);
    row->addWidget(m_shows);
    return row;
}

QHBoxLayout *PruneDock::chartRow()
{
    auto *legend = new QVBoxLayout;
    legend->setSpacing(1);
    for (int line = 0; line < PruneChart::LineCount; ++line) {
        auto *label = new QLabel(QStringLiteral("– ") + PruneChart::nameOf(line), this);
        label->setToolTip(PruneChart::meaningOf(line));
        label->setFont(monoFont(11));
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, PruneChart::colorOf(line));
        label->setPalette(palette);
        m_legend << label;
        legend->addWidget(label);
    }
    legend->addStretch();
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_chart, 1);
    row->addLayout(legend);
    return row;
}

QHBoxLayout *PruneDock::stepsRow()
{
    m_run = commandButton(tr("Prune"), tr("Run or pause the pruning (Ctrl+P)"), this);
    m_run->setObjectName(QStringLiteral("primary"));
    m_step = commandButton(tr("Step"), tr("One step: an iteration of ADMM, or a group of columns"), this);
    m_restart = commandButton(tr("Restart"), tr("From step 0"), this);
    m_cancel = commandButton(tr("Cancel"), tr("Stop; what was reached can still be looked at"), this);
    connect(m_run, &QPushButton::clicked, this, [this] {
        const bool isRunning = m_workspace.pruning().view().status.state == SessionState::Running;
        m_workspace.setShowsPruning(true);
        isRunning ? m_workspace.pruning().pause() : m_workspace.prune();
    });
    connect(m_step, &QPushButton::clicked, this, [this] { m_workspace.pruneStep(); });
    connect(m_restart, &QPushButton::clicked, &m_workspace, &Workspace::restartPruning);
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_workspace.pruning().cancel(); });
    m_back = plainButton(QStringLiteral("◂"), tr("Look one step back"), this);
    m_forward = plainButton(QStringLiteral("▸"), tr("Look one step forward, or do it"), this);
    m_steps = new QSlider(Qt::Horizontal, this);
    m_steps->setFocusPolicy(Qt::TabFocus);
    m_steps->setAccessibleName(tr("Step"));
    m_steps->setMinimumWidth(48);
    m_pace = new QComboBox(this);
    m_pace->setFocusPolicy(Qt::TabFocus);
    m_pace->setAccessibleName(tr("Speed"));
    m_pace->setToolTip(tr("Steps a second, at most"));
    for (const int pace : {1, 5, 20, 60})
        m_pace->addItem(tr("%1 / s").arg(pace), pace);
    m_pace->addItem(tr("full speed"), 0);
    connect(m_pace, &QComboBox::activated, this,
            [this] { m_workspace.pruning().setPace(m_pace->currentData().toDouble()); });
    m_position = new QLabel(this);
    m_position->setObjectName(QStringLiteral("muted"));
    m_position->setFont(monoFont(12));
    m_rewind =
        plainButton(QStringLiteral("⟲"), tr("The run goes back to this step, and can be gone on with from there"), this);
    const auto look = [this](int step) {
        m_workspace.setShowsPruning(true);
        m_workspace.pruning().scrubTo(step);
    };
    connect(m_steps, &QSlider::valueChanged, this, look);
    connect(m_back, &QToolButton::clicked, this, [this, look] {
        if (const auto shown = m_workspace.pruning().shown())
            look(shown->step() - 1);
    });
    connect(m_forward, &QToolButton::clicked, this, [this, look] {
        const PruneRun &run = m_workspace.pruning();
        if (const auto shown = run.shown(); shown && run.scrubbedTo())
            look(shown->step() + 1);
        else
            m_workspace.pruneStep();
    });
    connect(m_rewind, &QToolButton::clicked, this, [this] { m_workspace.pruning().rewindHere(); });
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    for (QPushButton *button : {m_run, m_step, m_restart, m_cancel})
        row->addWidget(button);
    row->addSpacing(4);
    row->addWidget(m_back);
    row->addWidget(m_steps, 1);
    row->addWidget(m_forward);
    row->addWidget(m_rewind);
    row->addWidget(m_position);
    row->addWidget(m_pace);
    return row;
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
                                   : m_file->fontMetrics().elidedText(QFileInfo(name).fileName(), Qt::ElideMiddle, 120));
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
