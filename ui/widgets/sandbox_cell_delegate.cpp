// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_cell_delegate.h"

#include "ui/models/sandbox_grid.h"
#include "ui/widgets/theme.h"

#include <QLineEdit>
#include <QPainter>

#include <algorithm>

namespace nms {

namespace {

/// Black or white, whichever can be read on it.
QColor textOn(const QColor &ground)
{
    const double luminance = 0.299 * ground.redF() + 0.587 * ground.greenF() + 0.114 * ground.blueF();
    return luminance > 0.5 ? QColor(Qt::black) : QColor(Qt::white);
}

constexpr int roomForNumbers = 22; // pixels; smaller cells are colours alone

QFont fontFor(const QRect &cell, double share)
{
    QFont font = monoFont(12);
    font.setPixelSize(std::clamp(int(cell.height() * share), 8, scaled(15)));
    return font;
}

} // namespace

void SandboxCellDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QRect cell = option.rect.adjusted(0, 0, -1, -1);
    painter->save();
    if (index.data(SandboxGrid::IsSumRole).toBool()) {
        paintSum(*painter, cell, index);
    } else {
        const QVariant color = index.data(Qt::BackgroundRole);
        const QColor ground = color.value<QColor>().isValid() ? color.value<QColor>() : theme().field;
        const QColor ink = color.value<QColor>().isValid() ? textOn(ground) : theme().text;
        painter->fillRect(cell, ground);
        const QFont large = fontFor(cell, 0.34);
        const QString text = index.data(Qt::DisplayRole).toString(), small = index.data(SandboxGrid::SmallRole).toString();
        const bool hasRoom =
            QFontMetrics(large).horizontalAdvance(text) <= cell.width() - 2 && cell.height() >= roomForNumbers;
        if (hasRoom) {
            painter->setFont(large);
            painter->setPen(ink);
            painter->drawText(small.isEmpty() ? cell : cell.adjusted(0, cell.height() / 6, 0, 0), Qt::AlignCenter, text);
        }
        if (!small.isEmpty() && cell.height() >= 34) {
            QColor faint = ink;
            faint.setAlphaF(0.65F);
            painter->setFont(fontFor(cell, 0.22));
            painter->setPen(faint);
            painter->drawText(cell.adjusted(4, 2, -2, -2), Qt::AlignLeft | Qt::AlignTop, small);
        }
        if (cell.height() >= roomForNumbers && index.data(SandboxGrid::IsOptimalRole).toBool()) {
            const int size = std::clamp(cell.height() / 7, 3, 8);
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(QPen(textOn(ground), 1));
            painter->setBrush(theme().good);
            painter->drawEllipse(QRectF(cell.right() - size - 2, cell.top() + 3, size, size));
        }
    }
    if (option.state & QStyle::State_Selected) {
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(theme().accent, 2));
        painter->drawRect(cell.adjusted(1, 1, -1, -1));
    }
    painter->restore();
}

/// A sum of the plan beside what it is to be, or that alone.
void SandboxCellDelegate::paintSum(QPainter &painter, const QRect &cell, const QModelIndex &index) const
{
    const QString text = index.data(Qt::DisplayRole).toString(), wanted = index.data(SandboxGrid::SmallRole).toString();
    const bool isMet = wanted.isEmpty() || text == wanted;
    painter.fillRect(cell, theme().raised);
    if (cell.height() < roomForNumbers) {
        if (!wanted.isEmpty())
            painter.fillRect(cell.adjusted(cell.width() / 3, cell.height() / 3, -cell.width() / 3, -cell.height() / 3),
                             isMet ? theme().good : theme().warn);
        return;
    }
    QFont font = fontFor(cell, 0.32);
    if (QFontMetrics(font).horizontalAdvance(text) > cell.width() - 2)
        font.setPixelSize(8);
    painter.setFont(font);
    painter.setPen(wanted.isEmpty() ? theme().text : isMet ? theme().good : theme().warn);
    painter.drawText(isMet || cell.height() < 34 ? cell : cell.adjusted(0, 0, 0, -cell.height() / 3), Qt::AlignCenter, text);
    if (!isMet && cell.height() >= 34) {
        painter.setPen(theme().muted);
        painter.setFont(fontFor(cell, 0.24));
        painter.drawText(cell.adjusted(0, cell.height() / 2, 0, 0), Qt::AlignCenter, tr("of %1").arg(wanted));
    }
}

QWidget *SandboxCellDelegate::createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &) const
{
    auto *editor = new QLineEdit(parent);
    editor->setAlignment(Qt::AlignCenter);
    editor->setStyleSheet(QStringLiteral("QLineEdit { min-height: 0px; padding: 0px; border-radius: 0px; }"));
    editor->setAccessibleName(tr("Value of the cell"));
    editor->setToolTip(tr("A number; a cap may also be inf"));
    return editor;
}

} // namespace nms
