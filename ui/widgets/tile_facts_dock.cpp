// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_facts_dock.h"

#include "ui/models/format.h"
#include "ui/models/tile_facts.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace nms {

TileFactsDock::TileFactsDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Tile"), QStringLiteral("tile"), Heading::Shown, parent), m_workspace(workspace)
{
    m_summary = new QLabel(this);
    m_summary->setObjectName(QStringLiteral("muted"));
    m_summary->setFont(monoFont(12));
    headingRow()->addWidget(m_summary);
    m_hint = new QLabel(tr("Click a tile to see its figures"), this);
    m_hint->setObjectName(QStringLiteral("muted"));
    body()->addWidget(m_hint);

    m_table = new QWidget(this);
    m_form = new QFormLayout(m_table);
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setVerticalSpacing(6);
    m_objective = addRow(tr("Objective ⟨S, A⟩"), tr("what the plan or mask keeps of the scores"));
    m_bound = addRow(tr("Certified bound"), tr("no transposable mask of this tile keeps more"));
    m_gap = addRow(tr("Gap"), tr("(bound − objective) / bound"));
    m_rows = addRow(tr("Row residual"), tr("largest |row sum − N| / N of the plan"));
    m_columns = addRow(tr("Column residual"), tr("largest |column sum − N| / N of the plan"));
    m_fractional = addRow(tr("Fractional entries"), tr("entries of the plan between 0.01 and 0.99"));
    body()->addWidget(m_table);
    body()->addStretch();

    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &TileFactsDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&workspace, &Workspace::snapshotChanged, this, later);
    connect(&workspace, &Workspace::solutionChanged, this, later);
    connect(&workspace, &Workspace::optionsChanged, this, later);
    connect(&workspace, &Workspace::selectedTileChanged, this, &TileFactsDock::refresh);
    connect(&workspace, &Workspace::tensorChanged, this, &TileFactsDock::refresh);
    refresh();
}

QLabel *TileFactsDock::addRow(const QString &name, const QString &hint)
{
    auto *label = new QLabel(name, m_table);
    auto *value = new QLabel(m_table);
    value->setFont(monoFont(12));
    value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setToolTip(hint);
    value->setToolTip(hint);
    m_form->addRow(label, value);
    return value;
}

void TileFactsDock::refresh()
{
    const auto tensor = m_workspace.tensor();
    const std::optional<std::int64_t> tile = m_workspace.selectedTile();
    const bool isShown = tensor && tile;
    m_hint->setVisible(!isShown);
    m_table->setVisible(isShown);
    if (!isShown) {
        setHeading(tr("Tile"));
        m_summary->clear();
        return;
    }
    const TileGrid grid = m_workspace.grid();
    const SolveOptions options = m_workspace.options();
    const auto snapshot = m_workspace.shownSnapshot();
    const auto solution = m_workspace.isScrubbing() ? nullptr : m_workspace.solution();
    const TileFacts facts = tileFacts(grid, *tile, options.pattern, tensor->score->span(), snapshot.get(), solution.get());

    setHeading(tr("Tile %1, %2").arg(facts.tileRow).arg(facts.tileCol));
    m_summary->setText(facts.rank > 0 && facts.gap.value_or(0) > 0
                           ? tr("rank %1 of %2").arg(format::count(facts.rank), format::count(grid.count()))
                           : QString());
    const QString none = QStringLiteral("–");
    const auto put = [](QLabel *label, const QString &text, const QColor &color) {
        label->setText(text);
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, color);
        label->setPalette(palette);
    };
    const auto residual = [&](const std::optional<double> &value) {
        return !value ? theme().text : *value > options.residualLimit() ? theme().warn : theme().good;
    };
    put(m_objective, facts.objective ? format::real(*facts.objective) : none, theme().text);
    put(m_bound, facts.upperBound ? format::real(*facts.upperBound) : none, theme().text);
    put(m_gap, facts.gap ? format::percent(*facts.gap) : none, facts.gap && *facts.gap < 1e-9 ? theme().good : theme().text);
    put(m_rows, facts.rowResidual ? format::percent(*facts.rowResidual) : none, residual(facts.rowResidual));
    put(m_columns, facts.columnResidual ? format::percent(*facts.columnResidual) : none, residual(facts.columnResidual));
    put(m_fractional, facts.fractional ? tr("%1 of %2").arg(*facts.fractional).arg(facts.entries) : none, theme().text);
}

} // namespace nms
