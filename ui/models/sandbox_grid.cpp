// SPDX-License-Identifier: Apache-2.0
#include "ui/models/sandbox_grid.h"

#include "core/sandbox/tile_number.h"
#include "core/sandbox/tile_paste.h"
#include "core/view/color_map.h"
#include "ui/models/format.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

QString shortText(double value)
{
    if (std::isinf(value))
        return QStringLiteral("∞");
    return QString::fromStdString(formatNumber(value, std::abs(value) >= 1000 ? 4 : 3));
}

/// An entry of a plan: two decimals say enough.
QString planText(double value)
{
    if (std::abs(value) < 0.005)
        return QStringLiteral("·");
    return shortText(std::round(value * 100) / 100);
}

QColor colored(double share, ColorMapId map, ValueScale scale = {0, 1, false})
{
    const Rgba8 color = colorOf(float(share), scale, map);
    return {color.r, color.g, color.b};
}

} // namespace

SandboxGrid::SandboxGrid(Sandbox &sandbox, QObject *parent) : QAbstractTableModel(parent), m_sandbox(sandbox)
{
    connect(&sandbox, &Sandbox::tileChanged, this, &SandboxGrid::refresh);
    connect(&sandbox, &Sandbox::solved, this, &SandboxGrid::refresh);
    connect(&sandbox, &Sandbox::shownChanged, this, &SandboxGrid::refresh);
    refresh();
}

void SandboxGrid::setLayer(Layer layer)
{
    m_layer = layer;
    refresh();
}

void SandboxGrid::setShowsPotentials(bool shows)
{
    if (shows == m_showsPotentials)
        return;
    m_showsPotentials = shows;
    emit headerDataChanged(Qt::Horizontal, 0, m_cols);
    emit headerDataChanged(Qt::Vertical, 0, m_rows);
}

void SandboxGrid::refresh()
{
    const TileProblem &tile = m_sandbox.tile();
    const bool isResized = tile.rows() != m_rows || tile.cols() != m_cols;
    if (isResized)
        beginResetModel();
    m_rows = tile.rows();
    m_cols = tile.cols();
    m_largest = 0;
    m_isSigned = false;
    for (std::int64_t k = 0; k < tile.scores.size(); ++k) {
        m_largest = std::max(m_largest, std::abs(tile.scores.data()[k]));
        m_isSigned = m_isSigned || tile.scores.data()[k] < 0;
    }
    m_largestDual = 0;
    if (const TileIterate *iterate = m_sandbox.iterate(); iterate && !iterate->capDual.empty())
        m_largestDual = *std::max_element(iterate->capDual.data(), iterate->capDual.data() + iterate->capDual.size());
    if (isResized) {
        endResetModel();
        return;
    }
    emit dataChanged(index(0, 0), index(m_rows, m_cols));
    emit headerDataChanged(Qt::Horizontal, 0, m_cols);
    emit headerDataChanged(Qt::Vertical, 0, m_rows);
}

int SandboxGrid::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows + 1;
}

int SandboxGrid::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_cols + 1;
}

bool SandboxGrid::isEntry(const QModelIndex &index) const
{
    return index.isValid() && index.row() < m_rows && index.column() < m_cols;
}

std::optional<double> SandboxGrid::valueAt(int row, int col) const
{
    const TileProblem &tile = m_sandbox.tile();
    const TileIterate *iterate = m_sandbox.iterate();
    switch (m_layer) {
    case Layer::Scores:
        return tile.scores(row, col);
    case Layer::Caps:
        return tile.caps(row, col);
    case Layer::Plan:
        return iterate ? std::optional(iterate->plan(row, col)) : std::nullopt;
    case Layer::Rounded:
        return m_sandbox.rounded().empty() ? std::nullopt : std::optional(m_sandbox.rounded()(row, col));
    case Layer::CapDuals:
        break;
    }
    return iterate && !iterate->capDual.empty() ? std::optional(iterate->capDual(row, col)) : std::nullopt;
}

QColor SandboxGrid::colorAt(int row, int col) const
{
    const std::optional<double> value = valueAt(row, col);
    if (!value)
        return {};
    const double limit = m_sandbox.tile().limit(row, col);
    switch (m_layer) {
    case Layer::Scores:
        if (m_isSigned)
            return colored(*value, ColorMapId::Diverging, {float(-m_largest), float(m_largest), false});
        return colored(m_largest > 0 ? *value / m_largest : 0, ColorMapId::Cividis);
    case Layer::Plan:
        return colored(limit > 0 ? *value / limit : 0, ColorMapId::Inferno);
    case Layer::Rounded:
        return colored(limit > 0 ? *value / limit : 0, ColorMapId::MaskTones);
    case Layer::CapDuals:
        return colored(m_largestDual > 0 ? *value / m_largestDual : 0, ColorMapId::Viridis);
    case Layer::Caps:
        break;
    }
    return {};
}

double SandboxGrid::sumOfPlan(int row, int col) const
{
    const bool usesRounded = m_layer == Layer::Rounded && !m_sandbox.rounded().empty();
    const Matrix<double> &plan = usesRounded ? m_sandbox.rounded() : m_sandbox.iterate()->plan;
    double sum = 0;
    for (int i = 0; i < m_rows; ++i)
        for (int j = 0; j < m_cols; ++j)
            if ((row == m_rows || i == row) && (col == m_cols || j == col))
                sum += plan(i, j);
    return sum;
}

QVariant SandboxGrid::sumData(const QModelIndex &index, int role) const
{
    const TileProblem &tile = m_sandbox.tile();
    const int row = index.row(), col = index.column();
    const bool isCorner = row == m_rows && col == m_cols;
    const double wanted = isCorner ? tile.total()
        : row < m_rows             ? tile.rowSums[std::size_t(row)]
                                   : tile.colSums[std::size_t(col)];
    const bool showsPlan = m_sandbox.iterate() && (m_layer == Layer::Plan || m_layer == Layer::Rounded);
    if (role == Qt::EditRole)
        return QString::fromStdString(tileNumberText(wanted));
    if (role == SmallRole)
        return showsPlan ? shortText(wanted) : QString();
    if (role == Qt::DisplayRole)
        return showsPlan ? planText(sumOfPlan(row, col)) : shortText(wanted);
    if (role == Qt::ToolTipRole)
        return isCorner    ? tr("The total of all sums: %1").arg(shortText(wanted))
            : row < m_rows ? tr("Row %1 is to have the sum %2").arg(row + 1).arg(shortText(wanted))
                           : tr("Column %1 is to have the sum %2").arg(col + 1).arg(shortText(wanted));
    return {};
}

QVariant SandboxGrid::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignCenter);
    if (role == IsSumRole)
        return !isEntry(index);
    if (!isEntry(index))
        return sumData(index, role);
    const int row = index.row(), col = index.column();
    const TileProblem &tile = m_sandbox.tile();
    const bool hasScoreBeside = m_layer != Layer::Scores && m_layer != Layer::Caps;
    switch (role) {
    case Qt::DisplayRole:
        if (const std::optional<double> value = valueAt(row, col))
            return m_layer == Layer::Scores || m_layer == Layer::Caps ? shortText(*value) : planText(*value);
        return QStringLiteral("–");
    case Qt::EditRole:
        return QString::fromStdString(tileNumberText(m_layer == Layer::Caps ? tile.caps(row, col) : tile.scores(row, col)));
    case Qt::BackgroundRole:
        return colorAt(row, col);
    case SmallRole:
        return hasScoreBeside ? shortText(tile.scores(row, col)) : QString();
    case IsOptimalRole: {
        const auto history = m_sandbox.history();
        return (m_layer == Layer::Plan || m_layer == Layer::Rounded) && history &&
            history->optimalPlan(row, col) > tile.limit(row, col) / 2;
    }
    case Qt::ToolTipRole: {
        QStringList lines{tr("row %1, column %2").arg(row + 1).arg(col + 1),
                          tr("score %1, cap %2").arg(shortText(tile.scores(row, col)), shortText(tile.caps(row, col)))};
        if (const TileIterate *iterate = m_sandbox.iterate()) {
            lines << tr("plan %1").arg(format::real(iterate->plan(row, col)));
            if (!iterate->alpha.empty())
                lines << tr("score − α − β = %1")
                             .arg(format::real(tile.scores(row, col) - iterate->alpha[std::size_t(row)] -
                                               iterate->beta[std::size_t(col)]));
            lines << tr("optimal plan %1").arg(format::real(m_sandbox.history()->optimalPlan(row, col)));
        }
        return lines.join(QLatin1Char('\n'));
    }
    default:
        return {};
    }
}

QVariant SandboxGrid::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool isRow = orientation == Qt::Vertical;
    const bool isSum = section == (isRow ? m_rows : m_cols);
    const TileIterate *iterate = m_sandbox.iterate();
    const std::vector<double> *potentials = iterate ? isRow ? &iterate->alpha : &iterate->beta : nullptr;
    const bool hasPotential = !isSum && potentials && section < int(potentials->size());
    if (role == Qt::DisplayRole) {
        const QString name = isSum ? QStringLiteral("Σ") : QString::number(section + 1);
        return m_showsPotentials && hasPotential
            ? name + (isRow ? QStringLiteral("   ") : QStringLiteral("\n")) + shortText((*potentials)[std::size_t(section)])
            : name;
    }
    if (role == Qt::ToolTipRole)
        return isSum       ? tr("What each line is to add up to; click to change it")
            : hasPotential ? (isRow ? tr("α of row %1 is %2: an entry pays off where its score exceeds α + β")
                                    : tr("β of column %1 is %2: an entry pays off where its score exceeds α + β"))
                                 .arg(section + 1)
                                 .arg(format::real((*potentials)[std::size_t(section)]))
                           : QString();
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignCenter);
    return {};
}

Qt::ItemFlags SandboxGrid::flags(const QModelIndex &index) const
{
    const bool isCorner = index.row() == m_rows && index.column() == m_cols;
    return QAbstractTableModel::flags(index) | (isCorner ? Qt::NoItemFlags : Qt::ItemIsEditable);
}

void SandboxGrid::replace(const QString &text, int row, int col, double value, int stroke)
{
    const bool isCap = m_layer == Layer::Caps;
    m_sandbox.change(
        text,
        [&](TileProblem &tile) {
            if (row == tile.rows())
                tile.colSums[std::size_t(col)] = value;
            else if (col == tile.cols())
                tile.rowSums[std::size_t(row)] = value;
            else
                (isCap ? tile.caps : tile.scores)(row, col) = value;
        },
        stroke);
}

bool SandboxGrid::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !index.isValid() || !(flags(index) & Qt::ItemIsEditable))
        return false;
    QString text = value.toString().trimmed();
    if (!text.contains(QLatin1Char('.')))
        text.replace(QLatin1Char(','), QLatin1Char('.')); // a decimal comma
    const std::optional<double> number = parseTileNumber(text.toStdString());
    const bool mayBeInfinite = isEntry(index) && m_layer == Layer::Caps;
    if (!number || (std::isinf(*number) && !mayBeInfinite)) {
        emit rejected(tr("\"%1\" is not a number").arg(value.toString()));
        return false;
    }
    replace(isEntry(index) ? tr("Entry %1, %2").arg(index.row() + 1).arg(index.column() + 1) : tr("Sum"), index.row(),
            index.column(), *number, 0);
    return true;
}

void SandboxGrid::paint(const QModelIndex &index, double value, int stroke)
{
    if (isEntry(index))
        replace(tr("Draw"), index.row(), index.column(), value, stroke);
}

QString SandboxGrid::copied(const QModelIndexList &cells) const
{
    int top = m_rows, left = m_cols, bottom = -1, right = -1;
    for (const QModelIndex &cell : cells)
        if (isEntry(cell)) {
            top = std::min(top, cell.row());
            bottom = std::max(bottom, cell.row());
            left = std::min(left, cell.column());
            right = std::max(right, cell.column());
        }
    if (bottom < 0) {
        top = left = 0;
        bottom = m_rows - 1;
        right = m_cols - 1;
    }
    Matrix<double> values(bottom - top + 1, right - left + 1);
    for (int row = top; row <= bottom; ++row)
        for (int col = left; col <= right; ++col)
            values(row - top, col - left) = valueAt(row, col).value_or(0);
    return QString::fromStdString(pasteText(values.span()));
}

Status SandboxGrid::paste(const QString &text, const QModelIndex &from)
{
    const Result<PastedGrid> pasted = parsePaste(text.toStdString());
    if (!pasted)
        return fail(pasted.error());
    const Matrix<double> &values = pasted->values;
    const int rows = int(values.rows()), cols = int(values.cols());
    if (isEntry(from) && from.row() + rows <= m_rows && from.column() + cols <= m_cols) {
        const bool isCap = m_layer == Layer::Caps;
        m_sandbox.change(tr("Paste"), [&](TileProblem &tile) {
            for (int row = 0; row < rows; ++row)
                for (int col = 0; col < cols; ++col)
                    (isCap ? tile.caps : tile.scores)(from.row() + row, from.column() + col) = values(row, col);
        });
        return {};
    }
    // Square: half of each row and column. Otherwise as much as the uniform plan with 1 in every entry, at most twice that.
    TileProblem tile = TileProblem::ofPattern(values, std::max(1, rows / 2));
    if (rows != cols) {
        tile.rowSums.assign(std::size_t(rows), cols);
        tile.colSums.assign(std::size_t(cols), rows);
        std::fill_n(tile.caps.data(), tile.caps.size(), 2.0);
    }
    tile.name = tr("Pasted from %1").arg(QString::fromUtf8(nameOf(pasted->form).data())).toStdString();
    m_sandbox.setTile(tile, tr("Paste a tile"));
    return {};
}

} // namespace nms
