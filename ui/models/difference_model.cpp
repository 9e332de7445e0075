// SPDX-License-Identifier: Apache-2.0
#include "ui/models/difference_model.h"

#include "ui/models/format.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nms {

namespace {

struct ColumnTexts {
    const char *title;
    const char *hint;
};

constexpr ColumnTexts tileTexts[DifferenceModel::ColumnCount] = {
    {"tile", "row and column of the tile"},
    {"entries", "number of entries that only one of the masks keeps"},
    {"A keeps", "sum of the scores of all entries that A keeps"},
    {"B keeps", "sum of the scores of all entries that B keeps"},
    {"A − B", "how much more A keeps than B"},
};

constexpr ColumnTexts entryTexts[DifferingEntriesModel::ColumnCount] = {
    {"row", "row of the entry in the matrix, from 0"},
    {"col", "column of the entry in the matrix, from 0"},
    {"by", "the mask that keeps the entry"},
    {"score", "what keeping it is worth"},
};

QVariant headerOf(const ColumnTexts &texts, int role)
{
    if (role == Qt::DisplayRole)
        return QString::fromUtf8(texts.title);
    if (role == Qt::ToolTipRole)
        return QString::fromUtf8(texts.hint);
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | Qt::AlignRight);
    return {};
}

} // namespace

DifferenceModel::DifferenceModel(QObject *parent) : QAbstractTableModel(parent) { }

void DifferenceModel::setDifference(std::shared_ptr<const jobs::MaskDifference> difference)
{
    if (difference == m_difference)
        return;
    beginResetModel();
    m_difference = std::move(difference);
    m_tiles.clear();
    for (std::size_t tile = 0; m_difference && tile < m_difference->tiles.size(); ++tile)
        if (m_difference->tiles[tile].entries() > 0)
            m_tiles.push_back(std::int32_t(tile));
    endResetModel();
    sort(m_column, m_order);
}

double DifferenceModel::valueAt(std::int64_t tile, int column) const
{
    const jobs::MaskDifferenceSums &sums = m_difference->tiles[std::size_t(tile)];
    switch (column) {
    case Tile:
        return double(tile);
    case Entries:
        return double(sums.entries());
    case KeptA:
        return sums.keptA;
    case KeptB:
        return sums.keptB;
    case Gain:
        return sums.gain();
    default:
        return -std::abs(sums.gain()); // the largest first
    }
}

void DifferenceModel::sort(int column, Qt::SortOrder order)
{
    m_column = column;
    m_order = column < 0 ? Qt::AscendingOrder : order;
    emit layoutAboutToBeChanged();
    using Keyed = std::pair<double, std::int32_t>;
    std::vector<Keyed> keyed(m_tiles.size());
    std::ranges::transform(m_tiles, keyed.begin(),
                           [this](std::int32_t tile) { return Keyed(valueAt(tile, m_column), tile); });
    if (m_order == Qt::AscendingOrder)
        std::ranges::stable_sort(keyed, std::ranges::less(), &Keyed::first);
    else
        std::ranges::stable_sort(keyed, std::ranges::greater(), &Keyed::first);
    std::ranges::transform(keyed, m_tiles.begin(), &Keyed::second);
    emit layoutChanged();
}

std::int64_t DifferenceModel::tileAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_tiles[std::size_t(row)] : -1;
}

int DifferenceModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_tiles.size());
}

int DifferenceModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DifferenceModel::data(const QModelIndex &index, int role) const
{
    const std::int64_t tile = index.isValid() ? tileAt(index.row()) : -1;
    if (tile < 0)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | Qt::AlignRight);
    if (role == Qt::ToolTipRole) {
        const jobs::MaskDifferenceSums &sums = m_difference->tiles[std::size_t(tile)];
        return tr("only A keeps %1 entries, worth %2; only B keeps %3, worth %4")
            .arg(format::count(sums.onlyA), format::real(sums.scoreOnlyA), format::count(sums.onlyB),
                 format::real(sums.scoreOnlyB));
    }
    if (role != Qt::DisplayRole)
        return {};
    const TileGrid &grid = m_difference->grid;
    if (index.column() == Tile)
        return QStringLiteral("%1, %2").arg(grid.rowOf(tile)).arg(grid.colOf(tile));
    const double value = valueAt(tile, index.column());
    return index.column() == Entries ? format::count(std::int64_t(value)) : QString::fromStdString(formatReading(value));
}

QVariant DifferenceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool isThere = orientation == Qt::Horizontal && section >= 0 && section < ColumnCount;
    return isThere ? headerOf(tileTexts[section], role) : QVariant();
}

void DifferingEntriesModel::setEntries(std::vector<jobs::DifferingEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

int DifferingEntriesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_entries.size());
}

int DifferingEntriesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DifferingEntriesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | Qt::AlignRight);
    if (role != Qt::DisplayRole)
        return {};
    const jobs::DifferingEntry &entry = m_entries[std::size_t(index.row())];
    switch (index.column()) {
    case Row:
        return format::count(entry.row);
    case Col:
        return format::count(entry.col);
    case KeptBy:
        return entry.isInA ? QStringLiteral("A") : QStringLiteral("B");
    default:
        return QString::fromStdString(formatReading(double(entry.score)));
    }
}

QVariant DifferingEntriesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool isThere = orientation == Qt::Horizontal && section >= 0 && section < ColumnCount;
    return isThere ? headerOf(entryTexts[section], role) : QVariant();
}

} // namespace nms
