// SPDX-License-Identifier: Apache-2.0
// The sandbox as a table: entries, and behind them the sums.
#pragma once

#include "ui/models/sandbox.h"

#include <QAbstractTableModel>
#include <QColor>

#include <optional>

namespace nms {

/// rows() + 1 by cols() + 1: the last column holds the row sums, the last row the column sums, the corner the total. Scores
/// can be edited in every layer but Caps, where caps can; sums in all. GUI thread.
class SandboxGrid : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum class Layer { Scores, Plan, Rounded, Caps, CapDuals };
    enum Role {
        SmallRole = Qt::UserRole, // a second number, for a corner of the cell: the score of an entry of the plan
        IsOptimalRole, // bool: the optimal plan has something there
        IsSumRole,
    };

    explicit SandboxGrid(Sandbox &sandbox, QObject *parent = nullptr);

    Layer layer() const { return m_layer; }
    void setLayer(Layer layer);

    /// Whether headers also show α and β, on a second line.
    void setShowsPotentials(bool shows);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

    int newStroke() { return m_sandbox.newStroke(); }
    /// Paints one entry as part of a stroke: strokes are single steps of undo.
    void paint(const QModelIndex &index, double value, int stroke);
    /// The values of the layer, or a part of them, for the clipboard.
    QString copied(const QModelIndexList &cells) const;
    /// Replaces entries from `from` on by numbers in any form (core/sandbox/tile_paste.h); where they do not fit there, or
    /// `from` is invalid, they become a new tile. Input error naming the place in the text.
    Status paste(const QString &text, const QModelIndex &from);

signals:
    void rejected(const QString &text); // what was typed is not a number

private:
    bool isEntry(const QModelIndex &index) const;
    std::optional<double> valueAt(int row, int col) const; // of the layer; empty where it has none
    QVariant sumData(const QModelIndex &index, int role) const;
    double sumOfPlan(int row, int col) const; // of the line that the cell closes
    QColor colorAt(int row, int col) const;
    void refresh();
    void replace(const QString &text, int row, int col, double value, int stroke);

    Sandbox &m_sandbox;
    Layer m_layer = Layer::Scores;
    int m_rows = 0; // as the views know them
    int m_cols = 0;
    double m_largest = 0; // |score|
    bool m_isSigned = false;
    bool m_showsPotentials = false;
    double m_largestDual = 0;
};

} // namespace nms
