// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/model_overview.h"
#include "ui/models/tables.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QString>

#include <optional>
#include <vector>

namespace nms {

/// The tensors of a model × the patterns of an overview. Pattern columns show what each pattern keeps, what transposability
/// costs, or the worst tile (Figure); further columns show the smallest sufficient N of each M. The first row is the whole
/// model, once that is known. GUI thread.
class ModelTable : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum class Figure { Kept, Price, WorstTile }; // what the pattern columns show
    enum Column { Tensor, Shape, Holds, FirstPattern };
    enum Role {
        SortRole = Qt::UserRole + 1, // the number or text to sort by
        ShareRole, // 0 to 1, for a bar; invalid if the cell has none
        IsModelRole, // true in the row of the whole model
    };

    explicit ModelTable(QObject *parent = nullptr);

    /// Copies its arguments; `model` is null until all tensors are done.
    void setOverview(const jobs::OverviewSettings &settings, const std::vector<jobs::TensorOverview> &tensors,
                     const jobs::ModelOverview *model);
    void setFigure(Figure figure);

    const jobs::TensorOverview *tensorAt(int row) const; // null for the whole model
    /// Of a pattern column; in a sufficient-N column, the sufficient pattern.
    std::optional<NmPattern> patternAt(int row, int column) const;
    std::optional<jobs::WorstTile> worstAt(int row, int column) const; // of a pattern column; else empty

    /// All figures, one row per tensor and pattern; rows without a path are of the whole model.
    Table table() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const jobs::PatternCost *costAt(int row, int column) const;
    const jobs::SufficientPattern *sufficientAt(int row, int column) const;
    int firstSufficient() const { return FirstPattern + int(m_patterns.size()); }
    QString maskText() const; // "the best transposable mask", "the mask of greedy"
    QString textAt(int row, int column) const;
    QVariant sortKeyAt(int row, int column) const;
    std::optional<double> shareAt(int row, int column) const;

    std::vector<NmPattern> m_patterns;
    std::vector<int> m_sides; // M of the sufficient patterns, ascending
    double m_target = 0;
    Method m_method = provingMethod(); // of the pattern columns
    std::vector<jobs::TensorOverview> m_tensors;
    std::optional<jobs::ModelOverview> m_model;
    Figure m_figure = Figure::Kept;
};

/// A ModelTable sorted by any column; the row of the whole model stays on top in both sort orders.
class SortedModelTable : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit SortedModelTable(QObject *parent = nullptr);

protected:
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;
};

} // namespace nms
