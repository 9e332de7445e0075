// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tiles_model.h"

#include "ui/models/format.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nms {

static constexpr std::size_t batch = 256;

TilesModel::TilesModel(QObject *parent) : QAbstractTableModel(parent) { }

std::optional<TileFigure> TilesModel::figureIn(int column)
{
    return column >= FirstFigure && column < ColumnCount ? std::optional(TileFigure(column - FirstFigure)) : std::nullopt;
}

void TilesModel::setSource(const TileFigures &figures, TileFigure by)
{
    const bool sameRows = figures.grid() == m_figures.grid() && !figures.isEmpty() && !m_order.empty();
    const bool sameTitles = by == m_by;
    if (sameRows && sameTitles && figures == m_figures)
        return;
    if (sameRows) {
        m_figures = figures;
        m_by = by;
        rebuild();
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        if (!sameTitles)
            emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
        return;
    }
    beginResetModel();
    m_figures = figures;
    m_by = by;
    m_order.clear();
    m_sorted = 0;
    if (!m_figures.isEmpty()) {
        m_order.resize(std::size_t(m_figures.grid().count()));
        std::iota(m_order.begin(), m_order.end(), 0);
        m_sorted = std::min(batch, m_order.size());
        rebuild();
    }
    endResetModel();
}

void TilesModel::rebuild()
{
    m_keys.resize(m_order.size());
    m_figures.write(m_by, m_keys);
    for (float &key : m_keys)
        key = std::isnan(key) ? -std::numeric_limits<float>::infinity() : key;
    const std::size_t wanted = std::exchange(m_sorted, 0);
    sortUpTo(wanted);
}

void TilesModel::sortUpTo(std::size_t count)
{
    count = std::min(count, m_order.size());
    if (count <= m_sorted)
        return;
    const auto isWorse = [this](std::int32_t a, std::int32_t b) {
        const float keyA = m_keys[std::size_t(a)];
        const float keyB = m_keys[std::size_t(b)];
        return keyA != keyB ? keyA > keyB : a < b;
    };
    const auto first = m_order.begin() + std::ptrdiff_t(m_sorted);
    const auto last = m_order.begin() + std::ptrdiff_t(count);
    if (last != m_order.end())
        std::nth_element(first, last, m_order.end(), isWorse);
    std::sort(first, last, isWorse);
    m_sorted = count;
}

std::int64_t TilesModel::tileAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_order[std::size_t(row)] : -1;
}

/// The same as TileFigures::rankOf, computed from m_order.
std::int64_t TilesModel::rankAt(int row) const
{
    const float own = m_keys[std::size_t(m_order[std::size_t(row)])];
    const auto last = m_order.begin() + row;
    return 1 +
        (std::partition_point(m_order.begin(), last, [&](std::int32_t tile) { return m_keys[std::size_t(tile)] > own; }) -
         m_order.begin());
}

int TilesModel::rowOf(std::int64_t tile) const
{
    const auto last = m_order.begin() + std::ptrdiff_t(m_sorted);
    const auto found = std::find(m_order.begin(), last, tile);
    return found == last ? -1 : int(found - m_order.begin());
}

int TilesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_sorted);
}

int TilesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant TilesModel::data(const QModelIndex &index, int role) const
{
    const std::int64_t tile = index.isValid() ? tileAt(index.row()) : -1;
    if (tile < 0)
        return {};
    switch (role) {
    case TileRole:
        return qlonglong(tile);
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | Qt::AlignRight);
    case Qt::DisplayRole:
        if (index.column() == Rank)
            return format::count(rankAt(index.row()));
        if (index.column() == Tile)
            return QStringLiteral("%1, %2").arg(m_figures.grid().rowOf(tile)).arg(m_figures.grid().colOf(tile));
        return format::percent(double(m_figures.of(tile, *figureIn(index.column()))));
    }
    return {};
}

QVariant TilesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const std::optional<TileFigure> figure = figureIn(section);
    if (role == Qt::DisplayRole) {
        const QString title = figure ? QString::fromUtf8(nameOf(*figure)) : section == Rank ? tr("rank") : tr("tile");
        return title + (figure == m_by ? QStringLiteral(" ▾") : QString());
    }
    if (role == Qt::ToolTipRole)
        return figure         ? QString::fromUtf8(explain(*figure))
            : section == Rank ? tr("1 is the worst by the figure marked ▾; tiles alike share a rank")
                              : tr("row and column of the tile");
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | Qt::AlignRight);
    return {};
}

bool TilesModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_sorted < m_order.size();
}

void TilesModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    const std::size_t more = std::min(batch, m_order.size() - m_sorted);
    beginInsertRows({}, int(m_sorted), int(m_sorted + more) - 1);
    sortUpTo(m_sorted + more);
    endInsertRows();
}

} // namespace nms
