// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/tile_trace.h"

#include <QAbstractTableModel>
#include <QString>

#include <memory>

namespace nms {

/// The decisions by which a tile's mask was made, one after the other, with what each gains. Rows and columns are those of
/// the matrix. GUI thread.
class RoundingStepsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Number, Decision, Gain, Kept, ColumnCount };

    explicit RoundingStepsModel(QObject *parent = nullptr);

    /// `row0` and `col0`: of the tile's first cell. A null trace empties the model.
    void setTrace(std::shared_ptr<const TileTrace> trace, std::int64_t row0, std::int64_t col0);

    /// "128 kept, 9 refused, 2 swaps: −0.0031"
    QString summary() const;
    /// "keep (69, 355)", "swap: + (70, 352) + (66, 360) − (66, 352)"
    QString textOf(const RoundingStep &step) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString place(const TileCell &cell) const;

    std::shared_ptr<const TileTrace> m_trace;
    std::vector<double> m_kept; // after each decision
    std::int64_t m_row0 = 0;
    std::int64_t m_col0 = 0;
};

} // namespace nms
