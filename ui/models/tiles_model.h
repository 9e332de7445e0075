// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/tile_figures.h"

#include <QAbstractTableModel>

#include <vector>

namespace nms {

/// Tiles, the worst first. Row k is "the k-th worst tile", whichever that is: new figures change rows, they do not move
/// them. Only as many ranks as a view has asked for are sorted (fetchMore), so a quarter of a million tiles cost
/// milliseconds. Tiles with the same figure share a rank, and stand in the matrix's order. GUI thread.
class TilesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Rank, Tile, FirstFigure, ColumnCount = FirstFigure + int(allTileFigures.size()) };
    enum Role { TileRole = Qt::UserRole + 1 };
    static int columnOf(TileFigure figure) { return FirstFigure + int(figure); }
    static std::optional<TileFigure> figureIn(int column);

    explicit TilesModel(QObject *parent = nullptr);

    /// Ranks by `by`, the largest first. It must be known, unless there are no figures at all.
    void setSource(const TileFigures &figures, TileFigure by);

    std::int64_t tileAt(int row) const;
    /// The row of a tile, or −1 where it is not among the fetched ones.
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
