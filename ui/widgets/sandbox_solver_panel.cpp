// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_solver_panel.h"

#include "core/sandbox/sandbox_method.h"
#include "ui/models/format.h"
#include "ui/models/sandbox_text.h"
#include "ui/widgets/sandbox_chart.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_lab_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace nms {

static constexpr double leastTau = 0.1, mostTau = 1e4; // of the slider

static QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

SandboxSolverPanel::SandboxSolverPanel(Sandbox &sandbox, QWidget *parent) : QWidget(parent), m_sandbox(sandbox)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    addSettings(column);
    addFigures(column);
    auto *chart = new SandboxChart(sandbox, this);
    chart->setMinimumHeight(scaled(88));
    column->addWidget(chart, 1);
    connect(&sandbox, &Sandbox::optionsChanged, this, &SandboxSolverPanel::showOptions);
    connect(&sandbox, &Sandbox::tileChanged, this, &SandboxSolverPanel::showOptions);
    connect(&sandbox, &Sandbox::solved, this, &SandboxSolverPanel::showFigures);
    connect(&sandbox, &Sandbox::shownChanged, this, &SandboxSolverPanel::showFigures);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &SandboxSolverPanel::showFigures);
    showOptions();
    showFigures();
}

void SandboxSolverPanel::addSettings(QVBoxLayout *column)
{
    m_method = new QComboBox(this);
    m_method->setObjectName(QStringLiteral("sandboxMethod"));
    m_method->setAccessibleName(tr("Method of the sandbox"));
    m_method->setToolTip(tr("How the tile is solved; methods that begin with N:M are those that solve whole layers"));
    m_method->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_method->setMinimumContentsLength(12);
    for (const SandboxMethod &method : sandboxMethods()) {
        m_method->addItem(text(method.title), text(method.name));
        m_method->setItemData(m_method->count() - 1, text(method.sentence), Qt::ToolTipRole);
    }
    m_sentence = new QLabel(this);
    m_sentence->setObjectName(QStringLiteral("muted"));
    m_sentence->setWordWrap(true);
    m_sentence->setMinimumHeight(m_sentence->fontMetrics().lineSpacing() * 4);
    m_sentence->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_tau = new QSlider(Qt::Horizontal, this);
    m_tau->setObjectName(QStringLiteral("sandboxTau"));
    m_tau->setAccessibleName(QStringLiteral("τ"));
    m_tau->setToolTip(
        tr("Sharpness: the plan maximises ⟨S, A⟩ / max |A| + H(S) / τ; the larger, the nearer to the optimum"));
    m_tau->setRange(TileLabPage::positionOf(leastTau), TileLabPage::positionOf(mostTau));
    m_tauValue = new QLabel(this);
    m_tauValue->setFont(monoFont(12));
    m_tauValue->setMinimumWidth(scaled(52));
    m_tauValue->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_iterations = new QSpinBox(this);
    m_iterations->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_iterations->setObjectName(QStringLiteral("sandboxIterations"));
    m_iterations->setAccessibleName(tr("Iterations of the sandbox"));
    m_iterations->setToolTip(tr("How many iterations an entropic method does"));
    m_iterations->setRange(1, 100'000);
    m_iterations->setKeyboardTracking(false);
    m_eachProjection = new QCheckBox(tr("Every projection"), this);
    m_eachProjection->setObjectName(QStringLiteral("sandboxProjections"));
    m_eachProjection->setToolTip(tr("Shows the plan after rows, columns and caps, not only after whole iterations"));
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    grid->addWidget(new QLabel(tr("Method"), this), 0, 0);
    grid->addWidget(m_method, 0, 1, 1, 2);
    grid->addWidget(m_sentence, 1, 0, 1, 3);
    grid->addWidget(new QLabel(QStringLiteral("τ"), this), 2, 0);
    grid->addWidget(m_tau, 2, 1);
    grid->addWidget(m_tauValue, 2, 2);
    grid->addWidget(new QLabel(tr("Iterations"), this), 3, 0);
    grid->addWidget(m_iterations, 3, 1, 1, 2);
    grid->addWidget(m_eachProjection, 4, 0, 1, 3);
    column->addLayout(grid);
    connect(m_method, &QComboBox::activated, this, &SandboxSolverPanel::apply);
    connect(m_tau, &QSlider::valueChanged, this, &SandboxSolverPanel::apply);
    connect(m_iterations, &QSpinBox::valueChanged, this, &SandboxSolverPanel::apply);
    connect(m_eachProjection, &QCheckBox::toggled, this, &SandboxSolverPanel::apply);
}

void SandboxSolverPanel::addFigures(QVBoxLayout *column)
{
    m_state = new QLabel(this);
    m_state->setObjectName(QStringLiteral("sandboxState"));
    m_state->setWordWrap(true);
    column->addWidget(m_state);
    const std::array<std::pair<QString, QString>, FigureCount> names{
        {{tr("Σ A·S"), tr("The sum of the scores of this plan")},
         {tr("optimum"), tr("The largest sum that sums and caps allow")},
         {tr("gap"), tr("How far the plan is below the optimum; negative where it breaks constraints")},
         {tr("bound"), tr("Certified by the potentials α and β shown: no plan has more")},
         {tr("rows"), tr("By how much a row sum is missed at most, relative to it")},
         {tr("columns"), tr("By how much a column sum is missed at most, relative to it")},
         {tr("over caps"), tr("By how much an entry exceeds its cap at most")}}};
    auto *grid = new QGridLayout;
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(0, 1);
    for (int figure = 0; figure < FigureCount; ++figure) {
        auto *name = new QLabel(names[std::size_t(figure)].first, this);
        name->setObjectName(QStringLiteral("muted"));
        name->setToolTip(names[std::size_t(figure)].second);
        auto *value = new QLabel(this);
        value->setFont(monoFont(12));
        value->setToolTip(names[std::size_t(figure)].second);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        m_figures[std::size_t(figure)] = value;
        grid->addWidget(name, figure, 0);
        grid->addWidget(value, figure, 1);
    }
    m_figures[Objective]->setObjectName(QStringLiteral("sandboxObjective"));
    m_figures[Optimum]->setObjectName(QStringLiteral("sandboxOptimum"));
    m_figures[Gap]->setObjectName(QStringLiteral("sandboxGap"));
    column->addLayout(grid);
}

void SandboxSolverPanel::apply()
{
    SandboxOptions options = m_sandbox.options();
    options.method = m_method->currentData().toString().toStdString();
    if (sender() == m_tau)
        options.tau = TileLabPage::tauAt(m_tau->value());
    options.iterations = m_iterations->value();
    options.eachProjection = m_eachProjection->isChecked();
    m_sandbox.setOptions(options);
}

void SandboxSolverPanel::showOptions()
{
    const SandboxOptions options = m_sandbox.options();
    const QSignalBlocker quiet[] = {QSignalBlocker(m_method), QSignalBlocker(m_tau), QSignalBlocker(m_iterations),
                                    QSignalBlocker(m_eachProjection)};
    const bool isMask = m_sandbox.tile().pattern().has_value();
    const auto *items = qobject_cast<QStandardItemModel *>(m_method->model());
    for (int k = 0; k < m_method->count(); ++k)
        items->item(k)->setEnabled(isMask || !sandboxMethods()[std::size_t(k)].program);
    m_method->setCurrentIndex(m_method->findData(QString::fromStdString(options.method)));
    const SandboxMethod &method = *sandboxMethodByName(options.method);
    m_sentence->setText(text(method.sentence));
    m_tau->setValue(TileLabPage::positionOf(options.tau));
    m_tauValue->setText(method.isEntropic ? format::real(options.tau) : QStringLiteral("–"));
    m_iterations->setValue(options.iterations);
    m_eachProjection->setChecked(options.eachProjection);
    m_tau->setEnabled(method.isEntropic);
    m_iterations->setEnabled(method.isEntropic);
    m_eachProjection->setEnabled(method.isEntropic && !method.program);
}

void SandboxSolverPanel::showFigures()
{
    const auto history = m_sandbox.history();
    const TileIterate *iterate = m_sandbox.iterate();
    const auto put = [&](Figure figure, const QString &value) {
        m_figures[std::size_t(figure)]->setText(iterate ? value : QStringLiteral("–"));
    };
    const bool isStart = iterate && iterate->step == TileIterate::Step::Start;
    const auto score = [](double value) {
        return QString::fromStdString(formatNumber(value, 7));
    };
    put(Objective, iterate ? score(iterate->objective) : QString());
    put(Optimum, iterate ? score(history->optimum) : QString());
    put(Gap, iterate && !isStart ? format::percent(history->gap(*iterate)) : QStringLiteral("–"));
    put(Bound, iterate && iterate->upperBound ? score(*iterate->upperBound) : QStringLiteral("–"));
    put(Rows, iterate ? format::percent(iterate->rowResidual) : QString());
    put(Columns, iterate ? format::percent(iterate->columnResidual) : QString());
    put(Excess, iterate ? format::real(iterate->capExcess) : QString());
    if (m_sandbox.problem()) {
        m_state->setText(QString::fromStdString(m_sandbox.problem()->what) + QStringLiteral("; ") +
                         QString::fromStdString(m_sandbox.problem()->remedy));
        m_state->setStyleSheet(QStringLiteral("color: %1").arg(theme().bad.name()));
        return;
    }
    m_state->setText(isStart       ? tr("Before the first step")
                         : iterate ? stateText(m_sandbox.tile(), *history, m_sandbox.shown())
                                   : QString());
    const bool isOptimal = iterate && !isStart && iterate->residual() <= sandboxTolerance && history->gap(*iterate) < 1e-6;
    m_state->setStyleSheet(QStringLiteral("color: %1").arg((isOptimal ? theme().good : theme().text).name()));
}

} // namespace nms
