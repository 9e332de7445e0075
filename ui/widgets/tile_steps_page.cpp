// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_steps_page.h"

#include "ui/models/tile_inspection.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>

namespace nms {

TileStepsPage::TileStepsPage(Workspace &workspace, QWidget *parent)
    : QWidget(parent), m_inspection(TileInspection::of(workspace)), m_note(new QLabel(this)), m_summary(new QLabel(this)),
      m_nextSwap(new QPushButton(tr("Next swap"), this)), m_table(new QTableView(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    m_note->setObjectName(QStringLiteral("muted"));
    m_note->setWordWrap(true);
    column->addWidget(m_note);
    auto *row = new QHBoxLayout;
    m_summary->setObjectName(QStringLiteral("stepsSummary"));
    m_summary->setFont(monoFont(11));
    m_summary->setWordWrap(true);
    row->addWidget(m_summary, 1);
    m_nextSwap->setFocusPolicy(Qt::TabFocus);
    m_nextSwap->setToolTip(tr("The next swap: A[i, j′] + A[i′, j] − A[i′, j′], for a row i and a column j short of N "
                              "(Shift+F8)"));
    connect(m_nextSwap, &QPushButton::clicked, this, [this] { m_inspection.toNextSwap(); });
    row->addWidget(m_nextSwap);
    column->addLayout(row);

    m_table->setObjectName(QStringLiteral("steps"));
    m_table->setModel(&m_model);
    m_table->setFont(monoFont(11));
    m_table->setAccessibleName(tr("Decisions of the rounding"));
    m_table->setToolTip(
        tr("One decision after the other; the arrow keys, F7 and F8 go through them, and the tile shows each"));
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(scaled(20));
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(scaled(28));
    for (const auto &[section, width] :
         {std::pair{RoundingStepsModel::Number, 40}, {RoundingStepsModel::Gain, 68}, {RoundingStepsModel::Kept, 72}})
        header->resizeSection(section, scaled(width));
    header->setSectionResizeMode(RoundingStepsModel::Decision, QHeaderView::ResizeToContents);
    header->setResizeContentsPrecision(32);
    header->moveSection(RoundingStepsModel::Gain, 1); // in view whatever the decision's length
    column->addWidget(m_table, 1);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &current) {
        m_inspection.setStep(current.isValid() ? std::optional(current.row()) : std::nullopt);
    });
    connect(&m_inspection, &TileInspection::stepChanged, this, &TileStepsPage::showStep);
    connect(&m_inspection, &TileInspection::changed, this, &TileStepsPage::refresh);
    refresh();
}

void TileStepsPage::refresh()
{
    const jobs::ExplainedTile &tile = m_inspection.explained();
    {
        const QSignalBlocker quiet(m_table->selectionModel()); // the reset itself chooses nothing
        m_model.setTrace(m_inspection.trace(), tile.row0, tile.col0);
    }
    const bool isEmpty = m_model.rowCount() == 0;
    const QString note = m_inspection.note();
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    m_summary->setText(m_model.summary());
    m_summary->setVisible(!isEmpty);
    m_nextSwap->setVisible(!isEmpty);
    m_table->setVisible(!isEmpty);
    showStep();
}

void TileStepsPage::showStep()
{
    const std::optional<int> step = m_inspection.step();
    if (!step) {
        const QSignalBlocker quiet(m_table->selectionModel());
        m_table->selectionModel()->clear();
        m_table->viewport()->update();
        return;
    }
    if (m_table->currentIndex().row() != *step) {
        m_table->selectRow(*step);
        m_table->scrollTo(m_model.index(*step, RoundingStepsModel::Number));
    }
}

} // namespace nms
