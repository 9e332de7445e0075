// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/difference_dock.h"

#include "ui/models/format.h"
#include "ui/models/workspace.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace nms {

DifferenceDock::DifferenceDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Difference"), QStringLiteral("difference"), Heading::InTab, parent), m_workspace(workspace),
      m_comparison(MaskComparison::of(workspace)), m_summary(new QLabel(this)), m_tables(new QWidget(this)),
      m_tileTable(new QTableView(this)), m_entryTable(new QTableView(this))
{
    m_summary->setWordWrap(true);
    addControls();
    body()->addWidget(m_summary);
    addTables();
    body()->addStretch(0);
    connect(&m_comparison, &MaskComparison::changed, this, &DifferenceDock::showState);
    showState();
}

void DifferenceDock::addControls()
{
    m_mode = new SegmentedControl({tr("Side by side"), tr("Split"), tr("Blink"), tr("A − B")}, this);
    const QString hints[] = {tr("Both masks with one camera"),
                             tr("A at the left and B at the right of a bar that can be dragged"),
                             tr("One after the other: B, or a click here, changes to the other one"),
                             tr("The scores of the entries that only A keeps, minus those that only B keeps")};
    for (int mode = 0; mode < int(std::size(hints)); ++mode)
        m_mode->setToolTipOf(mode, hints[mode]);
    connect(m_mode, &SegmentedControl::activated, this, [this](int mode) {
        if (m_comparison.mode() == MaskComparison::Mode::Blink && mode == int(MaskComparison::Mode::Blink))
            m_comparison.blink();
        m_comparison.setMode(MaskComparison::Mode(mode));
    });
    m_swap = new QPushButton(tr("Swap"), this);
    m_swap->setToolTip(tr("Exchange A and B"));
    m_swap->setFocusPolicy(Qt::TabFocus);
    connect(m_swap, &QPushButton::clicked, &m_comparison, &MaskComparison::swap);
    m_end = new QPushButton(tr("End"), this);
    m_end->setToolTip(tr("End the comparison, or stop solving for it"));
    m_end->setFocusPolicy(Qt::TabFocus);
    connect(m_end, &QPushButton::clicked, &m_comparison, &MaskComparison::end);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_mode);
    row->addStretch();
    row->addWidget(m_swap);
    row->addWidget(m_end);
    body()->addLayout(row);
}

void DifferenceDock::addTables()
{
    const auto prepare = [this](QTableView *table, QAbstractItemModel *model, const QString &name, const QString &hint) {
        table->setModel(model);
        table->setFont(monoFont(11));
        table->setAccessibleName(name);
        table->setToolTip(hint);
        table->setTabKeyNavigation(false); // Tab leaves the table, arrow keys move inside it
        table->setShowGrid(false);
        table->setSelectionBehavior(QAbstractItemView::SelectRows);
        table->setSelectionMode(QAbstractItemView::SingleSelection);
        table->verticalHeader()->hide();
        table->verticalHeader()->setDefaultSectionSize(scaled(24));
        table->horizontalHeader()->setHighlightSections(false);
        table->horizontalHeader()->setMinimumSectionSize(scaled(40));
        table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    };
    prepare(m_tileTable, &m_tiles, tr("Tiles that differ"),
            tr("A click lists the entries of a tile, a double click or Enter flies there, a click on a heading sorts"));
    prepare(m_entryTable, &m_entries, tr("Entries that differ"),
            tr("The entries of the tile that only one of the masks keeps"));
    for (const int narrow : {DifferingEntriesModel::Row, DifferingEntriesModel::Col, DifferingEntriesModel::KeptBy})
        m_entryTable->horizontalHeader()->setSectionResizeMode(narrow, QHeaderView::ResizeToContents);
    m_tileTable->setSortingEnabled(true);
    m_tileTable->sortByColumn(-1, Qt::AscendingOrder);
    auto *row = new QHBoxLayout(m_tables);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_tileTable, 3);
    row->addWidget(m_entryTable, 2);
    body()->addWidget(m_tables, 1);
    connect(m_tileTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &DifferenceDock::showEntries);
    connect(&m_tiles, &QAbstractItemModel::modelReset, this, &DifferenceDock::showEntries);
    connect(m_tileTable, &QTableView::activated, this, &DifferenceDock::flyToCurrent); // by double click or Enter
}

std::int64_t DifferenceDock::currentTile() const
{
    return m_tiles.tileAt(m_tileTable->currentIndex().row());
}

std::int64_t DifferenceDock::shownTile(std::int64_t tile) const
{
    const TileGrid &from = m_comparison.difference()->grid;
    const TileGrid to = m_workspace.grid();
    return to.index(from.rowOf(tile) * from.m / to.m, from.colOf(tile) * from.m / to.m);
}

void DifferenceDock::showEntries()
{
    const std::int64_t tile = currentTile();
    m_entries.setEntries(m_comparison.entriesOf(tile));
    if (tile >= 0 && m_comparison.difference())
        m_workspace.selectTile(shownTile(tile));
}

void DifferenceDock::flyToCurrent()
{
    if (const std::int64_t tile = currentTile(); tile >= 0 && m_comparison.difference())
        m_workspace.flyToTile(shownTile(tile));
}

void DifferenceDock::showState()
{
    const bool isActive = m_comparison.isActive();
    const auto difference = m_comparison.difference();
    m_tiles.setDifference(difference);
    m_mode->setCurrent(int(m_comparison.mode()));
    m_mode->setEnabled(isActive);
    m_swap->setEnabled(isActive);
    m_end->setEnabled(isActive || m_comparison.isBusy());
    m_tables->setVisible(difference && difference->tilesThatDiffer > 0);
    m_summary->setObjectName(isActive ? QString() : QStringLiteral("muted"));
    if (!isActive) {
        m_summary->setText(
            m_comparison.isBusy()
                ? tr("Solving for the comparison …")
                : tr("Two masks beside each other: tick two runs and press Ctrl+D, or compare the run on screen with "
                     "the optimum (Ctrl+Shift+D)"));
        return;
    }
    const QString names = tr("A %1, B %2").arg(m_comparison.a().name, m_comparison.b().name);
    if (!difference) {
        m_summary->setText(names);
        return;
    }
    const jobs::MaskDifferenceSums &sums = difference->total;
    m_summary->setText(difference->tilesThatDiffer == 0
                           ? tr("%1: the masks are the same").arg(names)
                           : tr("%1: %2 entries differ, in %3 of %4 tiles. A keeps %5, B %6: A − B = %7")
                                 .arg(names, format::count(sums.entries()), format::count(difference->tilesThatDiffer),
                                      format::count(difference->grid.count()), format::real(sums.keptA),
                                      format::real(sums.keptB), format::real(sums.gain())));
}

} // namespace nms
