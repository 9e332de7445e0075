// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"
#include "core/solver/solution.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace nms {

/// Tiles, the worst first. Row k is "the k-th worst tile", whichever that is: new figures change rows, they do not move
/// them. Only as many ranks as a view has asked for are sorted (fetchMore), so a quarter of a million tiles cost
/// milliseconds. GUI thread.
class TilesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Rank, Tile, Gap, Residual, Undecided, Lost, ColumnCount };
    enum Role { TileRole = Qt::UserRole + 1 };

    explicit TilesModel(QObject *parent = nullptr);

    /// The mask's figures where `solution` is given, else the plan's; both may be null.
    void setSource(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Solution> solution);
    /// Gap, Residual, Undecided or Lost; always the largest first.
    void sortBy(Column column);

    std::int64_t tileAt(int row) const;
    /// The row of a tile, or −1 where it is not among the fetched ones.
    int rowOf(std::int64_t tile) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;
    void sort(int column, Qt::SortOrder order) override;

private:
    float valueOf(std::int64_t tile, int column) const; // NaN: not known
    void rebuild();
    void sortUpTo(std::size_t count);

    TileGrid m_grid;
    std::shared_ptr<const Snapshot> m_snapshot;
    std::shared_ptr<const Solution> m_solution;
    std::vector<std::int32_t> m_order; // tiles; the first m_sorted are in their final order
    std::vector<float> m_keys; // by tile
    std::size_t m_sorted = 0;
    Column m_sortColumn = Gap;
};

} // namespace nms
