// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/compare_matrix.h"

#include <QAbstractTableModel>

#include <optional>
#include <vector>

namespace nms {

/// A method's name for display: "Dykstra (TSENOR)".
QString methodLabel(Method method);

/// Patterns × methods of the open tensor, in the order in which they were solved. GUI thread.
class ComparisonModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Keep, MethodName, Kept, Delta, MaskGap, SquaredError, Seconds, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole + 1, // the number behind the text
        IsCurrentRole, // true for the pattern and method of the run settings
    };

    explicit ComparisonModel(QObject *parent = nullptr);

    /// Replaces the rows; if rows were only added at the end, they are inserted, so that a view keeps its scroll position.
    void setRows(const std::vector<ComparisonRow> &rows);
    void setCurrent(NmPattern pattern, Method method);
    const std::vector<ComparisonRow> &rows() const { return m_rows; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString display(const ComparisonRow &row, int column) const;
    QVariant sortKey(const ComparisonRow &row, int column) const;
    /// The kept score relative to the best transposable mask of the same pattern so far, less 1; empty if there is none.
    std::optional<double> deltaOf(const ComparisonRow &row) const;

    std::vector<ComparisonRow> m_rows;
    std::optional<ComparisonCase> m_current;
};

} // namespace nms
