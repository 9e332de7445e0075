// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/bar_delegate.h"

#include "ui/models/comparison_model.h"
#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>

namespace nms {

static double errorOf(const QModelIndex &index)
{
    return index.siblingAtColumn(ComparisonModel::SquaredError).data(ComparisonModel::SortRole).toDouble();
}

static double largestError(const QAbstractItemModel &model)
{
    double largest = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        largest = std::max(largest, errorOf(model.index(row, 0)));
    return largest;
}

void BarDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    if (index.column() != ComparisonModel::MethodName)
        option->font = monoFont(12);
    if (index.data(ComparisonModel::IsCurrentRole).toBool())
        option->backgroundBrush = theme().selection;
    if (index.column() == ComparisonModel::MaskGap && index.data(ComparisonModel::SortRole).toDouble() < 1e-9 &&
        option->text != QStringLiteral("–"))
        option->palette.setColor(QPalette::Text, theme().good);
}

void BarDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    if (index.data(ComparisonModel::IsCurrentRole).toBool())
        painter->fillRect(option.rect, theme().selection);
    QStyledItemDelegate::paint(painter, option, index);
    if (index.column() != ComparisonModel::SquaredError)
        return;
    const double largest = largestError(*index.model());
    if (largest <= 0)
        return;
    const QRectF space = QRectF(option.rect).adjusted(12, 0, -scaled(64), 0); // the number is on the right
    const double width = std::max(2.0, space.width() * errorOf(index) / largest);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme().accentDeep);
    painter->drawRoundedRect(QRectF(space.left(), space.center().y() - 4, width, 8), 2, 2);
    painter->restore();
}

} // namespace nms
