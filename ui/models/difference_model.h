// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/mask_difference.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace nms {

/// The tiles in which two masks differ: at first the one with the largest gain, of either sign, then as sorted. GUI thread.
class DifferenceModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Tile, Entries, KeptA, KeptB, Gain, ColumnCount };

    explicit DifferenceModel(QObject *parent = nullptr);

    void setDifference(std::shared_ptr<const jobs::MaskDifference> difference); // null: no rows

    std::int64_t tileAt(int row) const; // −1 outside

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override; // a negative column: by the size of the gain

private:
    double valueAt(std::int64_t tile, int column) const;

    std::shared_ptr<const jobs::MaskDifference> m_difference;
    std::vector<std::int32_t> m_tiles; // in the order of the rows
    int m_column = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

/// Entries of one tile that differ. GUI thread.
class DifferingEntriesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Row, Col, KeptBy, Score, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setEntries(std::vector<jobs::DifferingEntry> entries);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<jobs::DifferingEntry> m_entries;
};

} // namespace nms
