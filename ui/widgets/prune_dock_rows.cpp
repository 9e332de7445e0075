// SPDX-License-Identifier: Apache-2.0
// PruneDock: its rows of controls.
#include "ui/models/prune_run.h"
#include "ui/models/workspace.h"
#include "ui/widgets/prune_chart.h"
#include "ui/widgets/prune_dock.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

namespace nms {

namespace {

/// "0.01", not "0.0100".
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
    button->setFocusPolicy(Qt::TabFocus); // Space is the key for run and pause
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
    m_damping->setFixedWidth(scaled(60));
    m_damping->setAccessibleName(tr("Damping"));
    m_damping->setToolTip(tr("Share of the mean of diag(XᵀX) that is added to the diagonal"));
    connect(m_damping, &QDoubleSpinBox::valueChanged, this, &PruneDock::apply);
    connect(m_damping, &QAbstractSpinBox::editingFinished, m_damping, [box = m_damping] { box->clearFocus(); });
    m_page = new SegmentedControl({tr("Run"), tr("Compare")}, this);
    m_page->setToolTipOf(Run, tr("One pruning of the open tensor, step by step"));
    m_page->setToolTipOf(Compare, tr("Every framework at several patterns, transposable and along rows alone"));
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
    m_chart->setAccessibleName(tr("Steps of the pruning"));
    m_chart->setToolTip(tr("Error ‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖² and residuals by step; a click or drag goes to a step, the wheel or "
                           "Shift and drag zooms, a double click shows all"));
    auto *legend = new QVBoxLayout;
    legend->setSpacing(1);
    for (int line = 0; line < PruneChart::LineCount; ++line) {
        auto *label = new QLabel(QStringLiteral("– ") + PruneChart::nameOf(line), this);
        label->setToolTip(PruneChart::meaningOf(line));
        label->setFont(monoFont(11));
        colorText(label, [line] { return PruneChart::colorOf(line); });
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
    m_steps->setToolTip(tr("The step of the pruning that is looked at"));
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
    const auto showStep = [this](int step) {
        m_workspace.setShowsPruning(true);
        m_workspace.pruning().scrubTo(step);
    };
    connect(m_steps, &QSlider::valueChanged, this, showStep);
    connect(m_back, &QToolButton::clicked, this, [this, showStep] {
        if (const auto shown = m_workspace.pruning().shown())
            showStep(shown->step() - 1);
    });
    connect(m_forward, &QToolButton::clicked, this, [this, showStep] {
        const PruneRun &run = m_workspace.pruning();
        if (const auto shown = run.shown(); shown && run.scrubbedTo())
            showStep(shown->step() + 1);
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

} // namespace nms
