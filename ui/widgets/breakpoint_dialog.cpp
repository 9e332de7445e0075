// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/breakpoint_dialog.h"

#include "ui/models/workspace.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace nms {

static std::optional<double> Breakpoint::*const limits[] = {&Breakpoint::residualBelow, &Breakpoint::planGapBelow,
                                                            &Breakpoint::maskGapBelow};

BreakpointDialog::BreakpointDialog(Workspace &workspace, QWidget *parent)
    : QDialog(parent), m_workspace(workspace), m_stopsAt(new QCheckBox(tr("Iteration"), this)),
      m_iteration(new QSpinBox(this)), m_notFinite(new QCheckBox(tr("NaN or overflow"), this)), m_ofTile(new QCheckBox(this))
{
    setObjectName(QStringLiteral("breakpointDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Pause the run when"));

    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(16);
    const struct {
        QString name, toolTip, field;
        double usual;
    } rows[LimitCount] = {
        {tr("Residual below"), tr("Pause when the largest |Σ − N| / N of a row or column falls below this"),
         QStringLiteral("residualBelow"), 1},
        {tr("Plan gap below"), tr("Pause when |bound − ⟨S, A⟩| / bound falls below this"), QStringLiteral("planGapBelow"),
         0.5},
        {tr("Mask gap below"),
         tr("Pause when the gap of the mask to which the plan rounds falls below this; the plan is rounded "
            "after every iteration, which takes time"),
         QStringLiteral("maskGapBelow"), 0.1}};
    int line = 0;
    const auto addRow = [&](QCheckBox *isOn, QWidget *value, const QString &toolTip) {
        isOn->setToolTip(toolTip);
        value->setToolTip(toolTip);
        grid->addWidget(isOn, line, 0);
        grid->addWidget(value, line++, 1);
        value->setEnabled(false);
        connect(isOn, &QCheckBox::toggled, value, &QWidget::setEnabled);
        connect(isOn, &QCheckBox::toggled, this, &BreakpointDialog::apply);
    };
    for (int i = 0; i < LimitCount; ++i) {
        Row &row = m_limits[std::size_t(i)];
        row.isOn = new QCheckBox(rows[i].name, this);
        row.percent = new QDoubleSpinBox(this);
        row.percent->setObjectName(rows[i].field);
        row.percent->setAccessibleName(rows[i].name);
        row.percent->setDecimals(5);
        row.percent->setRange(0.00001, 100);
        row.percent->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        row.percent->setSuffix(QStringLiteral(" %"));
        row.percent->setValue(rows[i].usual);
        addRow(row.isOn, row.percent, rows[i].toolTip);
        connect(row.percent, &QDoubleSpinBox::valueChanged, this, &BreakpointDialog::apply);
    }
    grid->addWidget(m_ofTile, line++, 0, 1, 2);
    m_ofTile->setToolTip(tr("Residual and gaps are those of the selected tile instead of the whole matrix"));
    connect(m_ofTile, &QCheckBox::toggled, this, [this](bool isOn) {
        m_tile = isOn ? m_workspace.selectedTile() : std::nullopt;
        apply();
    });
    m_iteration->setObjectName(QStringLiteral("iteration"));
    m_iteration->setAccessibleName(tr("Iteration"));
    m_iteration->setRange(1, 1'000'000);
    m_iteration->setValue(std::max(1, m_workspace.sessionStatus().iteration));
    addRow(m_stopsAt, m_iteration, tr("Pause after this iteration"));
    connect(m_iteration, &QSpinBox::valueChanged, this, &BreakpointDialog::apply);
    m_notFinite->setToolTip(tr("Pause when a residual, an objective or a bound is NaN or infinite"));
    grid->addWidget(m_notFinite, line++, 0, 1, 2);
    connect(m_notFinite, &QCheckBox::toggled, this, &BreakpointDialog::apply);

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close | QDialogButtonBox::Reset, this);
    buttons->button(QDialogButtonBox::Reset)->setText(tr("Never pause"));
    buttons->button(QDialogButtonBox::Reset)->setToolTip(tr("Remove all conditions"));
    buttons->button(QDialogButtonBox::Close)->setToolTip(tr("Keep the conditions"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(buttons->button(QDialogButtonBox::Reset), &QPushButton::clicked, this, [this] {
        m_workspace.setBreakpoint(std::nullopt);
        close();
    });
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 16, 20, 16);
    layout->setSpacing(16);
    layout->addLayout(grid);
    layout->addWidget(buttons);
    showConditions(m_workspace.breakpoint().value_or(Breakpoint()));
}

void BreakpointDialog::showConditions(const Breakpoint &breakpoint)
{
    const QSignalBlocker quiet(this);
    m_tile = breakpoint.tile;
    const std::optional<std::int64_t> tile = breakpoint.tile ? breakpoint.tile : m_workspace.selectedTile();
    const std::int64_t tileCols = m_workspace.tensor() ? m_workspace.grid().tileCols() : 0;
    m_ofTile->setText(tile && tileCols > 0 ? tr("of tile %1, %2 only").arg(*tile / tileCols).arg(*tile % tileCols)
                                           : tr("of the selected tile only"));
    m_ofTile->setEnabled(tile.has_value());
    const std::array<bool, LimitCount> isOn{breakpoint.residualBelow.has_value(), breakpoint.planGapBelow.has_value(),
                                            breakpoint.maskGapBelow.has_value()};
    // The boxes apply what all of them say, so values come first.
    for (std::size_t i = 0; i < LimitCount; ++i)
        if (const auto &limit = breakpoint.*limits[i]) {
            const QSignalBlocker blocked(m_limits[i].percent);
            m_limits[i].percent->setValue(*limit * 100);
        }
    if (breakpoint.iteration) {
        const QSignalBlocker blocked(m_iteration);
        m_iteration->setValue(*breakpoint.iteration);
    }
    const auto tick = [](QCheckBox *box, QWidget *value, bool on) {
        const QSignalBlocker blocked(box);
        box->setChecked(on);
        if (value)
            value->setEnabled(on);
    };
    for (std::size_t i = 0; i < LimitCount; ++i)
        tick(m_limits[i].isOn, m_limits[i].percent, isOn[i]);
    tick(m_stopsAt, m_iteration, breakpoint.iteration.has_value());
    tick(m_notFinite, nullptr, breakpoint.notFinite);
    tick(m_ofTile, nullptr, breakpoint.tile.has_value());
}

void BreakpointDialog::apply()
{
    Breakpoint breakpoint;
    for (std::size_t i = 0; i < LimitCount; ++i)
        if (m_limits[i].isOn->isChecked())
            breakpoint.*limits[i] = m_limits[i].percent->value() / 100;
    if (m_stopsAt->isChecked())
        breakpoint.iteration = m_iteration->value();
    breakpoint.notFinite = m_notFinite->isChecked();
    if (m_ofTile->isChecked())
        breakpoint.tile = m_tile;
    m_workspace.setBreakpoint(breakpoint.isSet() ? std::optional(breakpoint) : std::nullopt);
}

} // namespace nms
