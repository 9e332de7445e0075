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

void TilesModel::setSource(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Solution> solution)
{
    if (solution && snapshot && !(solution->grid == snapshot->grid))
        snapshot.reset(); // of another pattern
    TileGrid grid;
    if (solution)
        grid = solution->grid;
    else if (snapshot)
        grid = snapshot->grid;
    m_snapshot = std::move(snapshot);
    m_solution = std::move(solution);
    if (grid == m_grid && !m_order.empty()) {
        rebuild();
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_grid = grid;
    m_order.clear();
    m_sorted = 0;
    if (m_solution || m_snapshot) {
        m_order.resize(std::size_t(grid.count()));
        std::iota(m_order.begin(), m_order.end(), 0);
        m_sorted = std::min(batch, m_order.size());
        rebuild();
    }
    endResetModel();
}

void TilesModel::sortBy(Column column)
{
    if (column < Gap || column == m_sortColumn)
        return;
    m_sortColumn = column;
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (m_order.empty())
        return;
    rebuild();
    emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void TilesModel::sort(int column, Qt::SortOrder)
{
    if (column >= Gap && column < ColumnCount)
        sortBy(Column(column));
}

float TilesModel::valueOf(std::int64_t tile, int column) const
{
    const std::size_t i = std::size_t(tile);
    if (m_solution && i < m_solution->tiles.size()) {
        if (column == Gap)
            return float(m_solution->tiles[i].gap());
        if (column == Residual)
            return m_solution->tiles[i].residual;
    }
    if (m_snapshot && i < m_snapshot->tiles.size()) {
        const TileStats &stats = m_snapshot->tiles[i];
        switch (column) {
        case Gap:
            return stats.gap;
        case Residual:
            return stats.residual;
        case Undecided:
            return stats.undecided;
        case Lost:
            return stats.lost;
        }
    }
    return std::numeric_limits<float>::quiet_NaN();
}

void TilesModel::rebuild()
{
    m_keys.resize(m_order.size());
    for (std::size_t tile = 0; tile < m_keys.size(); ++tile) {
        const float value = valueOf(std::int64_t(tile), m_sortColumn);
        m_keys[tile] = std::isnan(value) ? -std::numeric_limits<float>::infinity() : value;
    }
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
            return format::count(index.row() + 1);
        if (index.column() == Tile)
            return QStringLiteral("%1, %2").arg(m_grid.rowOf(tile)).arg(m_grid.colOf(tile));
        return format::percent(valueOf(tile, index.column()));
    }
    return {};
}

QVariant TilesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    static const char *const titles[] = {"rank", "tile", "gap", "residual", "undecided", "lost"};
    static const char *const hints[] = {"1 is the worst",
                                        "row and column of the tile",
                                        "certified: at most this far below the bound",
                                        "largest relative row or column violation of the plan",
                                        "share of entries between 0.01 and 0.99",
                                        "share of the tile's scores that is dropped"};
    if (role == Qt::DisplayRole)
        return tr(titles[section]) + (section == m_sortColumn ? QStringLiteral(" ▾") : QString());
    if (role == Qt::ToolTipRole)
        return tr(hints[section]);
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
