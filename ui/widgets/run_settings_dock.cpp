// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/run_settings_dock.h"

#include "ui/models/comparison_model.h"
#include "ui/models/format.h"
#include "ui/models/shown_verdict.h"
#include "ui/models/transport.h"
#include "ui/models/workspace.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <tuple>

namespace nms {

namespace {

constexpr std::array<NmPattern, 4> commonPatterns{NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}, NmPattern{16, 32}};

/// "100", not "100.00".
class PlainBox : public QDoubleSpinBox
{
public:
    using QDoubleSpinBox::QDoubleSpinBox;
    QString textFromValue(double value) const override { return QString::number(value, 'g', 8); }
};

/// Lets Space run and pause even while a number is being typed, since no number contains a space; and Ctrl+Z undo the
/// setting if nothing has been typed. Esc discards what was typed.
template <class Box> class NumberKeys : public QObject
{
public:
    explicit NumberKeys(Box *box) : QObject(box), m_box(box) { }

protected:
    bool eventFilter(QObject *, QEvent *event) override
    {
        // A shortcut does not run if the field accepts its ShortcutOverride.
        const bool isOffered = event->type() == QEvent::ShortcutOverride;
        if (!isOffered && event->type() != QEvent::KeyPress)
            return false;
        const int key = static_cast<QKeyEvent *>(event)->key();
        const bool isUndo = static_cast<QKeyEvent *>(event)->matches(QKeySequence::Undo) ||
            static_cast<QKeyEvent *>(event)->matches(QKeySequence::Redo);
        if (isOffered && isUndo) {
            return !m_box->template findChild<QLineEdit *>()->isModified();
        }
        if (key == Qt::Key_Escape && isOffered)
            event->accept();
        if (key == Qt::Key_Escape && !isOffered) {
            m_box->setValue(m_box->value());
            m_box->template findChild<QLineEdit *>()->setModified(false);
            m_box->clearFocus();
        }
        return key == Qt::Key_Escape || (isOffered && key == Qt::Key_Space);
    }

private:
    Box *m_box;
};

template <class Box> Box *numberBox(QWidget *parent)
{
    auto *box = new Box(parent);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setKeyboardTracking(false);
    box->setFont(monoFont(13));
    box->setLocale(QLocale::c());
    // Enter ends the editing, so that the keys of the window work again.
    QObject::connect(box, &QAbstractSpinBox::editingFinished, box, [box] {
        box->template findChild<QLineEdit *>()->setModified(false);
        box->clearFocus();
    });
    box->installEventFilter(new NumberKeys<Box>(box));
    return box;
}

QPushButton *commandButton(const QString &text, const QString &hint, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setToolTip(hint);
    button->setFocusPolicy(Qt::TabFocus); // Space is the key for run and pause
    return button;
}

QString colored(const QString &text, const QColor &color)
{
    return QStringLiteral("<span style='color:%1'>● %2</span>").arg(color.name(), text.toHtmlEscaped());
}

/// The condition on which a tile is done when no tolerance is set.
QString ownStop(const SolveOptions &options)
{
    if (traitsOf(options.method).provesOptimum)
        return RunSettingsDock::tr("the proof");
    if (traitsOf(options.method).stopsWhenConverged)
        return RunSettingsDock::tr("%1 %").arg(options.residualWarning * 100);
    return isEntropic(options.method) ? RunSettingsDock::tr("never") : QStringLiteral("–");
}

} // namespace

RunSettingsDock::RunSettingsDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Run"), QStringLiteral("run"), Heading::Shown, parent), m_workspace(workspace),
      m_transport(Transport::of(workspace))
{
    addSettings();
    addCommands();
    body()->addStretch();
    connect(&workspace, &Workspace::optionsChanged, this, &RunSettingsDock::showOptions);
    m_timer.setSingleShot(true);
    m_timer.setInterval(60);
    connect(&m_timer, &QTimer::timeout, this, &RunSettingsDock::showRun);
    connect(&workspace, &Workspace::sessionChanged, this, &RunSettingsDock::showRunSoon);
    connect(&workspace, &Workspace::optionsChanged, this, &RunSettingsDock::showRun);
    connect(&workspace, &Workspace::aboutToReadSettings, this, &RunSettingsDock::commit);
    connect(&workspace, &Workspace::solutionChanged, this, &RunSettingsDock::showRun);
    connect(&workspace, &Workspace::snapshotChanged, this, &RunSettingsDock::showRunSoon);
    connect(&workspace, &Workspace::tensorChanged, this, &RunSettingsDock::showRun);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &RunSettingsDock::showRun);
    showOptions();
    showRun();
}

void RunSettingsDock::addSettings()
{
    QStringList labels;
    for (const NmPattern &pattern : commonPatterns)
        labels << QString::fromStdString(pattern.text());
    m_pattern = new SegmentedControl(labels, this);
    for (int i = 0; i < int(commonPatterns.size()); ++i)
        m_pattern->setToolTipOf(i,
                                tr("keep %1 of every %2, along rows and columns")
                                    .arg(commonPatterns[std::size_t(i)].n)
                                    .arg(commonPatterns[std::size_t(i)].m));
    connect(m_pattern, &SegmentedControl::activated, this,
            [this](int i) { applyPattern(commonPatterns[std::size_t(i)].n, commonPatterns[std::size_t(i)].m); });

    m_n = numberBox<QSpinBox>(this);
    m_m = numberBox<QSpinBox>(this);
    for (const auto &[box, name] : {std::pair<QWidget *, const char *>{m_n, "keep"}, {m_m, "of"}})
        box->setObjectName(QString::fromLatin1(name));
    m_n->setRange(1, NmPattern::maxM);
    m_m->setRange(1, NmPattern::maxM);
    connect(m_n, &QSpinBox::valueChanged, this, [this](int n) { applyPattern(n, std::max(n, m_m->value())); });
    connect(m_m, &QSpinBox::valueChanged, this, [this](int m) { applyPattern(std::min(m_n->value(), m), m); });
    auto *keep = new QHBoxLayout;
    keep->setSpacing(8);
    const auto word = [this](const QString &text) {
        auto *label = new QLabel(text, this);
        label->setObjectName(QStringLiteral("muted"));
        return label;
    };
    keep->addWidget(word(tr("keep")));
    keep->addWidget(m_n, 1);
    keep->addWidget(word(tr("of")));
    keep->addWidget(m_m, 1);

    m_n->setAccessibleName(tr("N, kept of every M"));
    m_m->setAccessibleName(tr("M, side of a tile"));
    m_n->setToolTip(tr("N: how many of every M are kept, along rows and along columns: Σ_j S_ij = Σ_i S_ij = N"));
    m_m->setToolTip(tr("M: the side of a tile, up to 64"));

    m_method = new QComboBox(this);
    m_method->setObjectName(QStringLiteral("method"));
    m_method->setToolTip(
        tr("How masks are found: proven optimal, by entropic transport (max ⟨S, A⟩ + H(S)/τ), or by a baseline"));
    for (const Method method : offeredMethods()) {
        const auto &backends = m_workspace.backends();
        if (std::any_of(backends.begin(), backends.end(),
                        [&](const BackendChoice &b) { return b.backend->supports(method); }))
            m_method->addItem(methodLabel(method), int(method));
    }
    m_tau = numberBox<PlainBox>(this);
    m_tau->setObjectName(QStringLiteral("tau"));
    m_tau->setDecimals(4);
    m_tau->setRange(0.01, 1e6);
    m_tau->setToolTip(
        tr("Sharpness: the plan's entropy weighs 1/τ. Larger comes closer to a mask and converges more slowly."));
    m_iterations = numberBox<QSpinBox>(this);
    m_iterations->setObjectName(QStringLiteral("iterations"));
    m_iterations->setRange(1, 1000000);
    m_iterations->setToolTip(tr("Iterations until the plan is rounded to a mask, at most"));
    m_tolerance = numberBox<PlainBox>(this);
    m_tolerance->setObjectName(QStringLiteral("tolerance"));
    m_tolerance->setDecimals(8);
    m_tolerance->setRange(0, 99);
    m_tolerance->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_tolerance->setSuffix(QStringLiteral(" %"));
    m_tolerance->setToolTip(tr("A tile is done once its rows and columns miss N by no more than this share. "
                               "0: by the number of iterations alone, capped at its usual share."));
    m_warmStart = new QComboBox(this);
    m_warmStart->setToolTip(tr("Start each tile where another method ends: from its potentials, or from its mask"));
    m_backend = new QComboBox(this);
    m_backend->setToolTip(tr("What does the work: this computer's processor, or a graphics card"));
    for (const BackendChoice &choice : m_workspace.backends())
        m_backend->addItem(choice.label, choice.id);
    for (QComboBox *box : {m_method, m_warmStart, m_backend}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
    }
    connect(m_method, &QComboBox::activated, this, &RunSettingsDock::apply);
    connect(m_warmStart, &QComboBox::activated, this, &RunSettingsDock::apply);
    connect(m_tau, &QDoubleSpinBox::valueChanged, this, &RunSettingsDock::apply);
    connect(m_iterations, &QSpinBox::valueChanged, this, &RunSettingsDock::apply);
    connect(m_tolerance, &QDoubleSpinBox::valueChanged, this, &RunSettingsDock::apply);
    connect(m_backend, &QComboBox::activated, this, [this] { m_workspace.setBackend(m_backend->currentData().toString()); });

    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnMinimumWidth(0, 72);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto add = [&](const QString &label, auto *control) {
        if (!label.isEmpty()) {
            m_names[label] = new QLabel(label, this);
            grid->addWidget(m_names[label], row, 0);
        }
        if constexpr (std::is_base_of_v<QLayout, std::remove_pointer_t<decltype(control)>>) {
            grid->addLayout(control, row, 1);
        } else {
            control->setAccessibleName(label);
            grid->addWidget(control, row, 1);
        }
        ++row;
    };
    m_score = new QComboBox(this);
    m_score->setToolTip(
        tr("What a mask keeps as much of as it can. Wanda: |W|·‖X_j‖, X the layer's inputs of the calibration "
           "file in the Pruning panel. A file: finite scores ≥ 0 at the tensors' own paths."));
    m_score->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_score->setMinimumContentsLength(8);
    connect(m_score, &QComboBox::activated, this, &RunSettingsDock::chooseScore);
    add(tr("Pattern"), m_pattern);
    add(QString(), keep);
    add(tr("Method"), m_method);
    add(tr("Score"), m_score);
    add(QStringLiteral("τ"), m_tau);
    add(tr("Iterations"), m_iterations);
    add(tr("Stop at"), m_tolerance);
    add(tr("Start from"), m_warmStart);
    add(tr("Backend"), m_backend);
    body()->addLayout(grid);

    m_difference = new QWidget(this);
    QSizePolicy policy = m_difference->sizePolicy();
    policy.setRetainSizeWhenHidden(true); // so that nothing moves when it appears
    m_difference->setSizePolicy(policy);
    auto *line = new QHBoxLayout(m_difference);
    line->setContentsMargins(0, 0, 0, 0);
    m_differenceText = new QLabel(m_difference);
    m_differenceText->setObjectName(QStringLiteral("advice"));
    line->addWidget(m_differenceText, 1);
    auto *back = commandButton(tr("Take back"), tr("To the settings of the run on screen"), m_difference);
    back->setObjectName(QStringLiteral("takeBack"));
    connect(back, &QPushButton::clicked, &m_workspace, &Workspace::resetSettingsToRun);
    line->addWidget(back);
    body()->addWidget(m_difference);
}

void RunSettingsDock::addCommands()
{
    m_run = commandButton(tr("Run"), tr("Run or pause (Space)"), this);
    m_run->setObjectName(QStringLiteral("primary"));
    m_step = commandButton(tr("Step"), tr("One iteration (.)"), this);
    m_restart = commandButton(tr("Restart"), tr("From iteration 0 (Ctrl+R)"), this);
    m_cancel = commandButton(tr("Cancel"), tr("Stop the run (Shift+Esc)"), this);
    // These commands concern the solve: if the window shows a pruning or a training, it returns to the solve first.
    const auto showSolve = [this] {
        m_workspace.setShowsPruning(false);
        if (TrainingView::shownIn(m_workspace))
            TrainingView::of(m_workspace).setWanted(false);
    };
    for (QPushButton *button : {m_run, m_step, m_restart, m_cancel})
        connect(button, &QPushButton::clicked, this, showSolve);
    connect(m_run, &QPushButton::clicked, &m_transport, &Transport::toggle);
    connect(m_step, &QPushButton::clicked, &m_transport, &Transport::stepForward);
    connect(m_restart, &QPushButton::clicked, &m_transport, &Transport::restart);
    connect(m_cancel, &QPushButton::clicked, &m_transport, &Transport::cancel);
    connect(&m_transport, &Transport::changed, this, &RunSettingsDock::showRun);
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    for (QPushButton *button : {m_run, m_step, m_restart, m_cancel})
        row->addWidget(button, 1);

    m_progress = new QProgressBar(this);
    m_progress->setTextVisible(false);
    m_position = new QLabel(this);
    m_position->setFont(monoFont(12));
    m_position->setObjectName(QStringLiteral("muted"));
    m_verdict = new QLabel(this);
    m_verdict->setObjectName(QStringLiteral("strong"));
    m_verdict->setWordWrap(true);
    m_kept = new QLabel(this);
    m_kept->setWordWrap(true);
    m_advice = new QLabel(this);
    m_advice->setObjectName(QStringLiteral("advice"));
    m_advice->setWordWrap(true);

    body()->addSpacing(4);
    body()->addLayout(row);
    body()->addSpacing(4);
    body()->addWidget(m_progress);
    body()->addWidget(m_position);
    body()->addWidget(m_verdict);
    body()->addWidget(m_kept);
    body()->addWidget(m_advice);
}

void RunSettingsDock::commit()
{
    for (QAbstractSpinBox *box :
         {static_cast<QAbstractSpinBox *>(m_n), static_cast<QAbstractSpinBox *>(m_m), static_cast<QAbstractSpinBox *>(m_tau),
          static_cast<QAbstractSpinBox *>(m_iterations), static_cast<QAbstractSpinBox *>(m_tolerance)})
        box->interpretText(); // as when the field loses the focus
}

void RunSettingsDock::apply()
{
    SolveOptions options = m_workspace.options();
    options.method = Method(m_method->currentData().toInt());
    options.tau = m_tau->value();
    options.iterations = m_iterations->value();
    options.tolerance = m_tolerance->value() / 100;
    const std::span<const Method> sources = warmStartsOf(options.method);
    const auto source = std::find(sources.begin(), sources.end(), Method(m_warmStart->currentData().toInt()));
    options.warmStart = source == sources.end() ? std::nullopt : std::optional(*source);
    m_workspace.setOptions(options);
}

/// Values of the score menu's items that are not score rules.
enum ScoreItem { WandaItem = -1, FileItem = -2 };

void RunSettingsDock::chooseScore(int index)
{
    jobs::ScoreChoice choice;
    const int item = m_score->itemData(index).toInt();
    if (item >= 0) {
        choice.rule = scoreRules()[std::size_t(item)].name;
    } else if (item == WandaItem) {
        choice.kind = jobs::ScoreChoice::Kind::Wanda;
    } else {
        choice.kind = jobs::ScoreChoice::Kind::File;
        const auto tensor = m_workspace.tensor();
        const QString name = QFileDialog::getOpenFileName(
            this, tr("Scores at the tensors' own paths"), tensor ? QFileInfo(tensor->file).path() : QString(),
            tr("Weights files (%1);;All files (*)").arg(QStringLiteral("*.h5 *.safetensors *.npy *.npz")));
        if (name.isEmpty()) {
            showScore();
            return;
        }
        choice.file = QFile::encodeName(name).toStdString();
    }
    m_workspace.setScore(choice);
}

void RunSettingsDock::showScore()
{
    const jobs::ScoreChoice choice = m_workspace.score();
    const bool isFile = choice.kind == jobs::ScoreChoice::Kind::File;
    m_score->clear();
    int current = 0, rule = 0;
    for (const ScoreRule &known : scoreRules()) {
        if (choice.kind == jobs::ScoreChoice::Kind::Rule && choice.rule == known.name)
            current = rule;
        m_score->addItem(QString::fromUtf8(known.title.data(), qsizetype(known.title.size())), rule++);
    }
    if (choice.kind == jobs::ScoreChoice::Kind::Wanda)
        current = m_score->count();
    m_score->addItem(tr("Wanda, |W|·‖X‖"), int(WandaItem));
    if (isFile)
        current = m_score->count();
    m_score->addItem(isFile ? QString::fromStdString(choice.title()) : tr("from a file…"), int(FileItem));
    m_score->setCurrentIndex(current);
}

void RunSettingsDock::applyPattern(int n, int m)
{
    SolveOptions options = m_workspace.options();
    options.pattern = {n, m};
    m_workspace.setOptions(options);
}

void RunSettingsDock::showOptions()
{
    const SolveOptions options = m_workspace.options();
    const QSignalBlocker blockers[] = {QSignalBlocker(m_n), QSignalBlocker(m_m), QSignalBlocker(m_tau),
                                       QSignalBlocker(m_iterations), QSignalBlocker(m_tolerance)};
    const auto common = std::find(commonPatterns.begin(), commonPatterns.end(), options.pattern);
    m_pattern->setCurrent(common == commonPatterns.end() ? -1 : int(common - commonPatterns.begin()));
    m_n->setValue(options.pattern.n);
    m_m->setValue(options.pattern.m);
    m_method->setCurrentIndex(m_method->findData(int(options.method)));
    m_tau->setValue(options.tau);
    m_iterations->setValue(options.iterations);
    m_tolerance->setSpecialValueText(ownStop(options)); // shown at 0
    m_tolerance->setValue(options.tolerance * 100);
    m_warmStart->clear();
    m_warmStart->addItem(tr("nothing"), -1);
    for (const Method method : warmStartsOf(options.method))
        m_warmStart->addItem(methodLabel(method), int(method));
    m_warmStart->setCurrentIndex(options.warmStart ? m_warmStart->findData(int(*options.warmStart)) : 0);
    m_warmStart->setEnabled(m_warmStart->count() > 1);
    showScore();
    m_backend->setCurrentIndex(m_backend->findData(m_workspace.backendId()));
    for (QWidget *knob :
         {static_cast<QWidget *>(m_tau), static_cast<QWidget *>(m_iterations), static_cast<QWidget *>(m_tolerance)})
        knob->setEnabled(isEntropic(options.method));
    showDifferences();
}

/// Marks the settings that differ from those of the run on screen, and shows the latter.
void RunSettingsDock::showDifferences()
{
    const SolveOptions now = m_workspace.options(), run = m_workspace.shownOptions();
    const QString unset = tr("nothing");
    const std::array<std::tuple<QString, bool, QString>, 7> settings{{
        {tr("Pattern"), now.pattern != run.pattern, QString::fromStdString(run.pattern.text())},
        {tr("Method"), now.method != run.method, methodLabel(run.method)},
        {QStringLiteral("τ"), now.tau != run.tau, m_tau->textFromValue(run.tau)},
        {tr("Iterations"), now.iterations != run.iterations, QString::number(run.iterations)},
        {tr("Stop at"), now.tolerance != run.tolerance,
         run.tolerance > 0 ? m_tolerance->textFromValue(run.tolerance * 100) + m_tolerance->suffix() : ownStop(run)},
        {tr("Start from"), now.warmStart != run.warmStart, run.warmStart ? methodLabel(*run.warmStart) : unset},
        {tr("Backend"), m_workspace.solvingBackend().id != m_workspace.shownBackend().id, m_workspace.shownBackend().label},
    }};
    const bool differs = m_workspace.settingsDiffer();
    QStringList had;
    for (const auto &[name, isOther, value] : settings) {
        QLabel *label = m_names.value(name);
        const bool isMarked = differs && isOther;
        if (isMarked)
            had << tr("%1 %2").arg(name, value);
        label->setText(isMarked ? name + QStringLiteral(" ●") : name);
        label->setToolTip(isMarked ? tr("the run on screen has %1").arg(value) : QString());
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, isMarked ? theme().warn : theme().text);
        label->setPalette(palette);
    }
    m_difference->setVisible(differs);
    m_differenceText->setText(had.size() == 1 ? tr("on screen: %1").arg(had.front())
                                              : tr("on screen: %1 other settings").arg(had.size()));
    m_differenceText->setToolTip(tr("the run on screen has %1").arg(had.join(QStringLiteral(", "))));
}

void RunSettingsDock::showRunSoon()
{
    if (int(m_workspace.sessionStatus().state) != m_shownState)
        showRun();
    else if (!m_timer.isActive())
        m_timer.start();
}

void RunSettingsDock::showRun()
{
    const SessionStatus status = m_workspace.sessionStatus();
    m_shownState = int(status.state);
    const bool isRunning = status.state == SessionState::Running;
    const bool isBusy = isRunning || status.state == SessionState::Rounding;
    const bool hasTensor = m_workspace.tensor() != nullptr;
    const TrainingView *training = TrainingView::shownIn(m_workspace);
    const bool isPlaying = m_transport.isPlaying() && !m_workspace.showsPruning() && !training;
    m_run->setText(isPlaying && m_workspace.isLive() ? tr("Pause") : tr("Run"));
    m_run->setEnabled(hasTensor && (!isBusy || (isRunning && m_workspace.isLive()) || m_workspace.settingsDiffer()));
    m_step->setEnabled(hasTensor && m_workspace.canWatch() &&
                       (!isBusy || m_workspace.isScrubbing() || m_workspace.settingsDiffer()));
    m_restart->setEnabled(hasTensor && status.state != SessionState::Idle);
    m_cancel->setEnabled(isBusy || status.state == SessionState::Paused);

    // `exact` does not know its number of iterations in advance; the bar then only shows that it is busy.
    const bool isKnown = status.plannedIterations > 0;
    if (status.starting)
        m_progress->setRange(0, 1000), m_progress->setValue(int(*status.starting * 1000));
    else if (status.state == SessionState::Finished)
        m_progress->setRange(0, 1), m_progress->setValue(1);
    else if (isBusy && !isKnown)
        m_progress->setRange(0, 0);
    else
        m_progress->setRange(0, std::max(1, status.plannedIterations)), m_progress->setValue(status.iteration);

    QString position = m_workspace.isScrubbing()
        ? tr("looking at iteration %1 of %2").arg(m_transport.shown()).arg(status.iteration)
        : tr("iteration %1").arg(status.iteration);
    if (isKnown && !m_workspace.isScrubbing())
        position += QStringLiteral(" / %1").arg(status.plannedIterations);
    if (training)
        position = tr("step %1").arg(training->shown());
    m_position->setText(training || m_workspace.isLive() ? position : tr("solves all tiles at once"));

    const Verdict verdict = shownVerdict(m_workspace);
    m_verdict->setText(colored(verdict.text, theme().of(verdict.level)));
    m_kept->setText(verdict.kept.left(1).toUpper() + verdict.kept.mid(1));
    m_kept->setVisible(!verdict.kept.isEmpty());
    m_advice->setText(verdict.advice);
    m_advice->setVisible(!verdict.advice.isEmpty());
}

} // namespace nms
