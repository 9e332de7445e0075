// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_grid_view.h"

#include "ui/models/sandbox_grid.h"
#include "ui/widgets/sandbox_cell_delegate.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace nms {

SandboxGridView::SandboxGridView(SandboxGrid &grid, QWidget *parent) : QTableView(parent), m_grid(grid)
{
    setObjectName(QStringLiteral("sandboxGrid"));
    setAccessibleName(tr("Entries of the tile"));
    setToolTip(tr("Type into a cell, paste numbers from another program, or switch on Draw and drag over cells"));
    setModel(&grid);
    setItemDelegate(new SandboxCellDelegate(this));
    setShowGrid(false);
    setCornerButtonEnabled(false);
    setEditTriggers(DoubleClicked | AnyKeyPressed | EditKeyPressed);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    for (QHeaderView *header : {horizontalHeader(), verticalHeader()}) {
        header->setFont(monoFont(11));
        header->setStyleSheet(QStringLiteral("QHeaderView::section { padding: 0px 1px; }"));
        header->setMinimumSectionSize(8);
        header->setSectionResizeMode(QHeaderView::Fixed);
        header->setHighlightSections(false);
    }
    connect(&grid, &QAbstractItemModel::modelReset, this, &SandboxGridView::fitCells);
    fitCells();
}

void SandboxGridView::setBrush(std::optional<double> value)
{
    m_brush = value;
    viewport()->setCursor(value ? Qt::CrossCursor : Qt::ArrowCursor);
}

/// All cells are squares and fit into the view, down to a size at which colours can still be told apart.
void SandboxGridView::fitCells()
{
    constexpr int least = 12, most = 76, roomForPotentials = 40, roomForNumbers = 22;
    const int rowHeader = scaled(76), columnHeader = scaled(38);
    const int rows = m_grid.rowCount(), cols = m_grid.columnCount();
    const int frame = 2 * frameWidth();
    const auto sideIn = [&](int width, int height) {
        return std::clamp(std::min((width - frame) / cols, (height - frame) / rows), least, scaled(most));
    };
    int side = sideIn(width() - rowHeader, height() - columnHeader);
    if (side < roomForNumbers) // without headers, since they would be illegible
        side = std::min(sideIn(width(), height()), roomForNumbers - 1);
    m_grid.setShowsPotentials(side >= roomForPotentials);
    for (QHeaderView *header : {horizontalHeader(), verticalHeader()})
        header->setVisible(side >= roomForNumbers);
    verticalHeader()->setFixedWidth(rowHeader);
    horizontalHeader()->setFixedHeight(columnHeader);
    horizontalHeader()->setDefaultSectionSize(side);
    verticalHeader()->setDefaultSectionSize(side);
}

void SandboxGridView::resizeEvent(QResizeEvent *event)
{
    fitCells();
    QTableView::resizeEvent(event);
}

/// Digits go into the cell, although they are keys of the window; copying and pasting is that of cells.
bool SandboxGridView::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool isPlain = !(key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
        const QString text = key->text();
        const bool isNumber = isPlain && text.size() == 1 && (text[0].isDigit() || text[0] == QLatin1Char('-'));
        if (isNumber || key->matches(QKeySequence::Copy) || key->matches(QKeySequence::Paste) ||
            key->matches(QKeySequence::SelectAll) || key->matches(QKeySequence::Delete) ||
            (isPlain && key->key() == Qt::Key_Backspace)) {
            event->accept();
            return true;
        }
    }
    return QTableView::event(event);
}

void SandboxGridView::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copyCells();
    } else if (event->matches(QKeySequence::Paste)) {
        pasteCells();
    } else if (event->matches(QKeySequence::Delete) || event->key() == Qt::Key_Backspace) {
        const int stroke = m_grid.newStroke();
        for (const QModelIndex &cell : selectedIndexes())
            m_grid.paint(cell, 0, stroke);
    } else {
        QTableView::keyPressEvent(event);
    }
}

void SandboxGridView::copyCells()
{
    QGuiApplication::clipboard()->setText(
        m_grid.copied(selectedIndexes().size() > 1 ? selectedIndexes() : QModelIndexList()));
}

void SandboxGridView::pasteCells()
{
    const Status pasted = m_grid.paste(QGuiApplication::clipboard()->text(), currentIndex());
    if (!pasted)
        emit failed(tr("Cannot be pasted: %1").arg(QString::fromStdString(pasted.error().line())));
}

bool SandboxGridView::draws(const QMouseEvent &event) const
{
    return m_brush && event.buttons() & Qt::LeftButton;
}

void SandboxGridView::mousePressEvent(QMouseEvent *event)
{
    if (!draws(*event)) {
        QTableView::mousePressEvent(event);
        return;
    }
    m_stroke = m_grid.newStroke();
    m_grid.paint(indexAt(event->pos()), *m_brush, m_stroke);
}

void SandboxGridView::mouseMoveEvent(QMouseEvent *event)
{
    if (draws(*event))
        m_grid.paint(indexAt(event->pos()), *m_brush, m_stroke);
    else
        QTableView::mouseMoveEvent(event);
}

} // namespace nms
