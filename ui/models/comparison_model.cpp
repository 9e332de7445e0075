// SPDX-License-Identifier: Apache-2.0
#include "ui/models/comparison_model.h"

#include "ui/models/format.h"

#include <QStringList>

#include <algorithm>
#include <cmath>

namespace nms {

QString methodLabel(Method method)
{
    const std::string_view title = traitsOf(method).title;
    return QString::fromUtf8(title.data(), qsizetype(title.size()));
}

ComparisonModel::ComparisonModel(QObject *parent) : QAbstractTableModel(parent) { }

void ComparisonModel::setRows(const std::vector<ComparisonRow> &rows)
{
    const int known = int(m_rows.size());
    const int now = int(rows.size());
    if (now < known || known == 0) {
        beginResetModel();
        m_rows = rows;
        endResetModel();
    } else if (now > known) {
        beginInsertRows({}, known, now - 1);
        m_rows.insert(m_rows.end(), rows.begin() + known, rows.end());
        endInsertRows();
        emit dataChanged(index(0, Delta), index(known - 1, Delta)); // the best mask of a pattern may be a new one
    }
}

void ComparisonModel::setCurrent(NmPattern pattern, Method method)
{
    m_current = ComparisonCase{pattern, method};
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1), {IsCurrentRole});
}

int ComparisonModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ComparisonModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

std::optional<double> ComparisonModel::deltaOf(const ComparisonRow &row) const
{
    double best = 0;
    for (const ComparisonRow &other : m_rows)
        if (other.transposable && other.which.pattern == row.which.pattern)
            best = std::max(best, other.totals.objective);
    return best > 0 ? std::optional(row.totals.objective / best - 1) : std::nullopt;
}

static QString signedPercent(double fraction)
{
    if (fraction == 0)
        return QStringLiteral("0 %");
    return (fraction < 0 ? QChar(0x2212) : QLatin1Char('+')) + format::percent(std::abs(fraction));
}

QString ComparisonModel::display(const ComparisonRow &row, int column) const
{
    switch (column) {
    case ComparisonModel::Keep:
        return QString::fromStdString(row.which.pattern.text());
    case ComparisonModel::MethodName:
        return methodLabel(row.which.method);
    case ComparisonModel::Kept:
        return format::share(row.metrics.keptMagnitude);
    case ComparisonModel::Delta: {
        const std::optional<double> delta = deltaOf(row);
        return delta ? signedPercent(*delta) : QStringLiteral("–");
    }
    case ComparisonModel::MaskGap:
        // The bound holds for transposable masks only: a baseline with another mask may exceed it.
        return row.transposable ? format::percent(row.totals.relativeGap) : QStringLiteral("–");
    case ComparisonModel::SquaredError:
        return QString::number(row.metrics.relativeSquaredError, 'f', 4);
    case ComparisonModel::Seconds:
        return format::seconds(row.seconds);
    }
    return {};
}

QVariant ComparisonModel::sortKey(const ComparisonRow &row, int column) const
{
    switch (column) {
    case ComparisonModel::Keep:
        return row.which.pattern.m * 100 + row.which.pattern.n;
    case ComparisonModel::MethodName:
        return int(row.which.method);
    case ComparisonModel::Delta:
        return deltaOf(row).value_or(0);
    case ComparisonModel::MaskGap:
        return row.totals.relativeGap;
    case ComparisonModel::SquaredError:
        return row.metrics.relativeSquaredError;
    case ComparisonModel::Seconds:
        return row.seconds;
    default:
        return row.metrics.keptMagnitude;
    }
}

QVariant ComparisonModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const ComparisonRow &row = m_rows[std::size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return display(row, index.column());
    case SortRole:
        return sortKey(row, index.column());
    case IsCurrentRole:
        return m_current && m_current->pattern == row.which.pattern && m_current->method == row.which.method;
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (index.column() == MethodName ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::ToolTipRole:
        return tr("%1, keep %2\nobjective %3, certified bound %4\n%5 of the weights kept, on %6")
            .arg(methodLabel(row.which.method), QString::fromStdString(row.which.pattern.text()),
                 format::real(row.totals.objective), format::real(row.totals.upperBound),
                 format::percent(row.metrics.keptFraction), QString::fromStdString(row.backend));
    }
    return {};
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    static const char *const titles[] = {"keep", "method", "kept |W|", "Δ best", "mask gap", "squared error", "time"};
    static const char *const hints[] = {
        "N of every M are kept",
        "how the mask was found",
        "share of Σ|W| that the mask keeps",
        "kept score against the best transposable mask of the same pattern in this table",
        "at most this far below the best transposable mask (certified)",
        "relative squared error of the masked weights, ‖W−Ŵ‖²/‖W‖²; the longest bar is the largest in the table",
        "solving alone"};
    if (role == Qt::DisplayRole)
        return QString::fromUtf8(titles[section]);
    if (role == Qt::ToolTipRole)
        return tr(hints[section]);
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == MethodName ? Qt::AlignLeft : Qt::AlignRight));
    return {};
}

} // namespace nms
