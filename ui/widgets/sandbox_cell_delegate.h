// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStyledItemDelegate>

namespace nms {

/// Draws a cell of the sandbox: its colour, its number in the middle, the score in a corner, and a dot where the optimal
/// plan has something. Where cells are small, the colour alone.
class SandboxCellDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit SandboxCellDelegate(QObject *parent = nullptr) : QStyledItemDelegate(parent) { }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintSum(QPainter &painter, const QRect &cell, const QModelIndex &index) const;
};

} // namespace nms
