// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/tile_figures.h"

#include <QAbstractTableModel>

#include <vector>

namespace nms {

/// Tiles, the worst first. Row k is always "the k-th worst tile": when figures change, the contents of rows change, but rows
/// are not moved. Only as many ranks as a view has requested (fetchMore) are sorted, so a quarter of a million tiles cost
/// milliseconds. Tiles with the same figure share a rank and are listed in matrix order. GUI thread.
class TilesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Rank, Tile, FirstFigure, ColumnCount = FirstFigure + int(allTileFigures.size()) };
    enum Role { TileRole = Qt::UserRole + 1 };
    static int columnOf(TileFigure figure) { return FirstFigure + int(figure); }
    static std::optional<TileFigure> figureIn(int column);

    explicit TilesModel(QObject *parent = nullptr);

    /// Ranks by the figure `by`, the largest value first. `figures` must have it, unless it is empty.
    void setSource(const TileFigures &figures, TileFigure by);

    std::int64_t tileAt(int row) const;
    /// The row of a tile, or −1 if it is not among the fetched rows.
    int rowOf(std::int64_t tile) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

private:
    void rebuild();
    void sortUpTo(std::size_t count);
    std::int64_t rankAt(int row) const;

    TileFigures m_figures;
    TileFigure m_by = TileFigure::PlanGap;
    std::vector<std::int32_t> m_order; // tiles; the first m_sorted are in their final order
    std::vector<float> m_keys; // by tile
    std::size_t m_sorted = 0;
};

} // namespace nms
