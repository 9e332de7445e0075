// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tiles_dock.h"

#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QHeaderView>
#include <QLabel>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>

#include <utility>

namespace nms {

TilesDock::TilesDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Tiles"), QStringLiteral("tiles"), Heading::InTab, parent), m_workspace(workspace),
      m_table(new QTableView(this)),
      m_hint(new QLabel(tr("The tiles of a run, the worst first; a double click flies to one"), this))
{
    m_hint->setObjectName(QStringLiteral("muted"));
    m_table->setModel(&m_model);
    m_table->setFont(monoFont(12));
    m_table->setAccessibleName(tr("Tiles"));
    m_table->setToolTip(tr("A click selects a tile, a double click flies there, a click on a heading sorts"));
    m_table->setTabKeyNavigation(false); // Tab leaves the table, arrow keys move inside it
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(scaled(24));
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(scaled(76)); // narrower columns would cut off figures: the table scrolls instead
    header->setSectionResizeMode(QHeaderView::Stretch);
    for (const auto &[column, width] : {std::pair{TilesModel::Rank, 48}, {TilesModel::Tile, 76}}) {
        header->setSectionResizeMode(column, QHeaderView::Fixed); // figures need the space
        header->resizeSection(column, width);
    }
    header->setSectionsClickable(true);
    connect(header, &QHeaderView::sectionClicked, this, [this](int column) {
        if (const auto figure = TilesModel::figureIn(column))
            m_workspace.setRankFigure(*figure);
    });
    body()->addWidget(m_hint);
    body()->addWidget(m_table, 1);

    connect(m_table, &QTableView::clicked, this,
            [this](const QModelIndex &index) { m_workspace.selectTile(m_model.tileAt(index.row())); });
    connect(m_table, &QTableView::doubleClicked, this,
            [this](const QModelIndex &index) { m_workspace.flyToTile(m_model.tileAt(index.row())); });

    m_timer.setSingleShot(true);
    m_timer.setInterval(250);
    connect(&m_timer, &QTimer::timeout, this, &TilesDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&workspace, &Workspace::snapshotChanged, this, later);
    connect(&workspace, &Workspace::solutionChanged, this, later);
    connect(&workspace, &Workspace::rankFigureChanged, this, &TilesDock::refresh);
    connect(this, &QDockWidget::visibilityChanged, this, later);
    connect(&workspace, &Workspace::selectedTileChanged, this, &TilesDock::showSelected);
    refresh();
}

void TilesDock::refresh()
{
    if (!isVisible())
        return;
    const TileFigures figures = TileFigures::of(m_workspace);
    m_model.setSource(figures, figures.rankedBy(m_workspace));
    for (const TileFigure figure : allTileFigures)
        m_table->setColumnHidden(TilesModel::columnOf(figure), !figures.has(figure));
    const bool isEmpty = m_model.rowCount() == 0;
    m_hint->setVisible(isEmpty);
    m_table->setVisible(!isEmpty);
    showSelected();
}

void TilesDock::showSelected()
{
    const std::optional<std::int64_t> tile = m_workspace.selectedTile();
    const int row = tile ? m_model.rowOf(*tile) : -1;
    if (row < 0)
        m_table->clearSelection();
    else
        m_table->selectRow(row);
}

} // namespace nms
