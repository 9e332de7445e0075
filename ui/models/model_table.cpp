// SPDX-License-Identifier: Apache-2.0
#include "ui/models/model_table.h"

#include "ui/models/format.h"

#include <QStringList>

#include <algorithm>
#include <set>

namespace nms {

namespace {

QString textOf(const NmPattern &pattern)
{
    return QString::fromStdString(pattern.text());
}

/// The sparsest pattern that the tensor already has, and along which axes; "–" if there is none.
QString holdingText(const DetectedPatterns &patterns)
{
    const std::vector<PatternStatement> statements = statementsOf(patterns);
    return statements.empty() ? QStringLiteral("–") : QString::fromStdString(statements.front().text());
}

QString fixed(double share, int decimals)
{
    return QString::fromStdString(formatFixed(100 * share, decimals));
}

} // namespace

ModelTable::ModelTable(QObject *parent) : QAbstractTableModel(parent) { }

void ModelTable::setOverview(const jobs::OverviewSettings &settings, const std::vector<jobs::TensorOverview> &tensors,
                             const jobs::ModelOverview *model)
{
    const bool isSame = settings.patterns == m_patterns && settings.target == m_target && settings.method == m_method &&
        !m_model && !m_tensors.empty() && tensors.size() > m_tensors.size() &&
        tensors[m_tensors.size() - 1].tensor.path == m_tensors.back().tensor.path;
    if (isSame && model == nullptr) { // the same overview has grown: insert rows, so that a view keeps its scroll position
        beginInsertRows({}, int(m_tensors.size()), int(tensors.size()) - 1);
        m_tensors.insert(m_tensors.end(), tensors.begin() + std::ptrdiff_t(m_tensors.size()), tensors.end());
        endInsertRows();
        return;
    }
    beginResetModel();
    m_patterns = settings.patterns;
    m_target = settings.target;
    m_method = settings.method;
    std::set<int> sides;
    if (m_target > 0)
        for (const NmPattern &pattern : m_patterns)
            sides.insert(pattern.m);
    m_sides.assign(sides.begin(), sides.end());
    m_tensors = tensors;
    m_model.reset();
    if (model != nullptr)
        m_model = *model;
    endResetModel();
}

void ModelTable::setFigure(Figure figure)
{
    if (m_figure == figure)
        return;
    m_figure = figure;
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

const jobs::TensorOverview *ModelTable::tensorAt(int row) const
{
    const int first = m_model ? 1 : 0; // row of the first tensor
    return row >= first && row - first < int(m_tensors.size()) ? &m_tensors[std::size_t(row - first)] : nullptr;
}

const jobs::PatternCost *ModelTable::costAt(int row, int column) const
{
    if (column < FirstPattern || column >= firstSufficient())
        return nullptr;
    const jobs::TensorOverview *tensor = tensorAt(row);
    if (tensor == nullptr && !m_model)
        return nullptr;
    const auto &costs = tensor != nullptr ? tensor->costs : m_model->costs;
    const NmPattern wanted = m_patterns[std::size_t(column - FirstPattern)];
    const auto found =
        std::find_if(costs.begin(), costs.end(), [&](const jobs::PatternCost &cost) { return cost.pattern == wanted; });
    return found == costs.end() ? nullptr : &*found;
}

const jobs::SufficientPattern *ModelTable::sufficientAt(int row, int column) const
{
    if (column < firstSufficient() || column >= columnCount())
        return nullptr;
    const jobs::TensorOverview *tensor = tensorAt(row);
    if (tensor == nullptr && !m_model)
        return nullptr;
    const auto &patterns = tensor != nullptr ? tensor->sufficient : m_model->sufficient;
    const int m = m_sides[std::size_t(column - firstSufficient())];
    const auto found = std::find_if(patterns.begin(), patterns.end(),
                                    [&](const jobs::SufficientPattern &one) { return one.pattern.m == m; });
    return found == patterns.end() ? nullptr : &*found;
}

std::optional<NmPattern> ModelTable::patternAt(int row, int column) const
{
    if (const jobs::PatternCost *cost = costAt(row, column))
        return cost->pattern;
    if (const jobs::SufficientPattern *sufficient = sufficientAt(row, column))
        return sufficient->pattern;
    return std::nullopt;
}

std::optional<jobs::WorstTile> ModelTable::worstAt(int row, int column) const
{
    const jobs::PatternCost *cost = costAt(row, column);
    return cost != nullptr && cost->worst.tileRow >= 0 ? std::optional(cost->worst) : std::nullopt;
}

std::optional<double> ModelTable::shareAt(int row, int column) const
{
    const jobs::PatternCost *cost = costAt(row, column);
    if (cost == nullptr)
        return std::nullopt;
    switch (m_figure) {
    case Figure::Price:
        return cost->price();
    case Figure::WorstTile:
        return cost->worst.tileRow >= 0 ? std::optional(cost->worst.share) : std::nullopt;
    case Figure::Kept:
        break;
    }
    return cost->transposable.share();
}

QString ModelTable::textAt(int row, int column) const
{
    const jobs::TensorOverview *tensor = tensorAt(row);
    switch (column) {
    case Tensor:
        return tensor != nullptr ? QString::fromStdString(tensor->tensor.path) : tr("whole model");
    case Shape:
        return tensor != nullptr ? format::shape(tensor->tensor.shape) : tr("all %1").arg(m_tensors.size());
    case Holds:
        return tensor != nullptr ? holdingText(tensor->patterns) : QString();
    default:
        break;
    }
    if (const jobs::SufficientPattern *sufficient = sufficientAt(row, column))
        return textOf(sufficient->pattern);
    const std::optional<double> share = shareAt(row, column);
    if (!share)
        return QStringLiteral("–");
    return m_figure == Figure::Price ? tr("%1 points").arg(fixed(*share, 2)) : fixed(*share, 2) + QStringLiteral(" %");
}

QVariant ModelTable::sortKeyAt(int row, int column) const
{
    const jobs::TensorOverview *tensor = tensorAt(row);
    if (column == Shape && tensor != nullptr)
        return qlonglong(tensor->tensor.elements());
    if (const jobs::SufficientPattern *sufficient = sufficientAt(row, column))
        return sufficient->pattern.keptFraction();
    if (const std::optional<double> share = shareAt(row, column))
        return *share;
    return column < FirstPattern ? QVariant(textAt(row, column)) : QVariant(-1.0);
}

int ModelTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_tensors.size()) + (m_model ? 1 : 0);
}

int ModelTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : firstSufficient() + int(m_sides.size());
}

QVariant ModelTable::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const int row = index.row(), column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return textAt(row, column);
    case SortRole:
        return sortKeyAt(row, column);
    case ShareRole: {
        const std::optional<double> share = shareAt(row, column);
        return share ? QVariant(*share) : QVariant();
    }
    case IsModelRole:
        return tensorAt(row) == nullptr;
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (column == Tensor || column == Holds ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::ToolTipRole:
        if (const jobs::PatternCost *cost = costAt(row, column)) {
            const QString worst = cost->worst.tileRow < 0
                ? tr("all scores are zero")
                : tr("worst tile %1, %2 of %3: keeps %4 %")
                      .arg(cost->worst.tileRow)
                      .arg(cost->worst.tileCol)
                      .arg(QString::fromStdString(cost->worst.path), fixed(cost->worst.share, 2));
            return tr("%1, %6: keeps %2 %\n%1 along rows alone: keeps %3 %\n"
                      "price of transposability: %4 points\n%5")
                .arg(textOf(cost->pattern), fixed(cost->transposable.share(), 4), fixed(cost->rows.share(), 4),
                     fixed(cost->price(), 4), worst, maskText());
        }
        if (const jobs::SufficientPattern *sufficient = sufficientAt(row, column))
            return tr("%1 keeps %2 %: the smallest N of %3 that keeps %4 %")
                .arg(textOf(sufficient->pattern), fixed(sufficient->kept.share(), 4))
                .arg(sufficient->pattern.m)
                .arg(fixed(m_target, 1));
        return textAt(row, column);
    }
    return {};
}

QString ModelTable::maskText() const
{
    return m_method == provingMethod() ? tr("the best transposable mask")
                                       : tr("the mask of %1").arg(QString::fromStdString(std::string(nameOf(m_method))));
}

QVariant ModelTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == Tensor || section == Holds ? Qt::AlignLeft : Qt::AlignRight));
    if (section >= firstSufficient()) {
        const int m = m_sides[std::size_t(section - firstSufficient())];
        if (role == Qt::DisplayRole)
            return tr("≥%1% M%2").arg(QString::number(100 * m_target), QString::number(m));
        return role == Qt::ToolTipRole
            ? tr("the smallest N:%1 whose best transposable mask keeps %2 % of the score").arg(m).arg(100 * m_target)
            : QVariant();
    }
    if (section >= FirstPattern) {
        if (role == Qt::DisplayRole)
            return textOf(m_patterns[std::size_t(section - FirstPattern)]);
        if (role != Qt::ToolTipRole)
            return {};
        switch (m_figure) {
        case Figure::Kept:
            return tr("share of the score that %1 keeps").arg(maskText());
        case Figure::Price:
            return tr("percentage points that N:M along rows alone would keep more: the price of transposability");
        case Figure::WorstTile:
            return tr("share that the worst tile keeps; a double click flies there");
        }
    }
    static const char *const titles[] = {"tensor", "shape", "holds"};
    static const char *const hints[] = {"a double click opens it", "as in the file",
                                        "the sparsest N:M pattern that the weights obey already, and along which axes"};
    if (role == Qt::DisplayRole)
        return tr(titles[section]);
    return role == Qt::ToolTipRole ? tr(hints[section]) : QVariant();
}

Table ModelTable::table() const
{
    Table table{{"path", "pattern", "kept_score", "kept_score_rows", "price", "worst_path", "worst_tile_row",
                 "worst_tile_col", "worst_kept_score", "sufficient_pattern", "sufficient_kept_score"},
                {}};
    for (int row = 0; row < rowCount(); ++row)
        for (std::size_t i = 0; i < m_patterns.size(); ++i) {
            const jobs::PatternCost *cost = costAt(row, FirstPattern + int(i));
            if (cost == nullptr)
                continue;
            const bool hasWorst = cost->worst.tileRow >= 0;
            const auto side = std::find(m_sides.begin(), m_sides.end(), m_patterns[i].m);
            const jobs::SufficientPattern *enough =
                side == m_sides.end() ? nullptr : sufficientAt(row, firstSufficient() + int(side - m_sides.begin()));
            const auto known = [](bool isKnown, const QVariant &value) {
                return isKnown ? value : QVariant();
            };
            // No tensor: row of the whole model.
            table.rows << QVariantList{known(tensorAt(row) != nullptr, textAt(row, Tensor)),
                                       textOf(m_patterns[i]),
                                       cost->transposable.share(),
                                       cost->rows.share(),
                                       cost->price(),
                                       known(hasWorst, QString::fromStdString(cost->worst.path)),
                                       known(hasWorst, qlonglong(cost->worst.tileRow)),
                                       known(hasWorst, qlonglong(cost->worst.tileCol)),
                                       known(hasWorst, cost->worst.share),
                                       enough != nullptr ? QVariant(textOf(enough->pattern)) : QVariant(),
                                       enough != nullptr ? QVariant(enough->kept.share()) : QVariant()};
        }
    return table;
}

SortedModelTable::SortedModelTable(QObject *parent) : QSortFilterProxyModel(parent)
{
    setSortRole(ModelTable::SortRole);
}

bool SortedModelTable::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const bool leftIsModel = left.data(ModelTable::IsModelRole).toBool();
    const bool rightIsModel = right.data(ModelTable::IsModelRole).toBool();
    if (leftIsModel != rightIsModel)
        return (sortOrder() == Qt::AscendingOrder) == leftIsModel;
    return QSortFilterProxyModel::lessThan(left, right);
}

} // namespace nms
