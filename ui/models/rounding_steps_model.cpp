// SPDX-License-Identifier: Apache-2.0
#include "ui/models/rounding_steps_model.h"

#include "ui/models/format.h"

#include <array>

namespace nms {

using StepKind = RoundingStep::Kind;

RoundingStepsModel::RoundingStepsModel(QObject *parent) : QAbstractTableModel(parent) { }

void RoundingStepsModel::setTrace(std::shared_ptr<const TileTrace> trace, std::int64_t row0, std::int64_t col0)
{
    if (trace == m_trace && row0 == m_row0 && col0 == m_col0)
        return;
    beginResetModel();
    m_trace = std::move(trace);
    m_row0 = row0;
    m_col0 = col0;
    m_kept.clear();
    double kept = 0;
    if (m_trace)
        for (const RoundingStep &step : m_trace->steps)
            m_kept.push_back(kept += step.gain);
    endResetModel();
}

QString RoundingStepsModel::place(const TileCell &cell) const
{
    const bool isPadding = cell.row >= m_trace->rows || cell.col >= m_trace->cols;
    const QString text = QStringLiteral("(%1, %2)").arg(m_row0 + cell.row).arg(m_col0 + cell.col);
    return isPadding ? tr("padding %1").arg(text) : text;
}

QString RoundingStepsModel::textOf(const RoundingStep &step) const
{
    QString changes;
    for (const TileCell &cell : step.added())
        changes += QStringLiteral(" + ") + place(cell);
    for (const TileCell &cell : step.removed())
        changes += QStringLiteral(" − ") + place(cell);
    switch (step.kind) {
    case StepKind::Fixed:
        return tr("all scores are 0: the fixed mask");
    case StepKind::Start:
        return tr("start from the mask of %1").arg(QString::fromStdString(std::string(nameOf(*m_trace->options.warmStart))));
    case StepKind::Take:
        return tr("keep %1").arg(place(step.entry));
    case StepKind::RowFull:
        return tr("drop %1: row full").arg(place(step.entry));
    case StepKind::ColumnFull:
        return tr("drop %1: column full").arg(place(step.entry));
    case StepKind::Swap:
        return tr("swap:%1").arg(changes);
    case StepKind::Exchange:
        return tr("exchange:%1").arg(changes);
    }
    return {};
}

QString RoundingStepsModel::summary() const
{
    if (!m_trace || m_trace->steps.empty())
        return {};
    std::array<int, 7> counts{};
    double swapped = 0;
    for (const RoundingStep &step : m_trace->steps) {
        ++counts[std::size_t(step.kind)];
        swapped += step.kind == StepKind::Swap || step.kind == StepKind::Exchange ? step.gain : 0;
    }
    const auto count = [&](StepKind kind) {
        return counts[std::size_t(kind)];
    };
    const int swaps = count(StepKind::Swap) + count(StepKind::Exchange);
    QString text =
        tr("%1 kept, %2 dropped, ").arg(count(StepKind::Take)).arg(count(StepKind::RowFull) + count(StepKind::ColumnFull));
    text += swaps == 1 ? tr("1 swap") : tr("%1 swaps").arg(swaps);
    return swaps > 0 ? text + QStringLiteral(": ") + format::gain(swapped) : text;
}

int RoundingStepsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_trace ? 0 : int(m_trace->steps.size());
}

int RoundingStepsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant RoundingStepsModel::data(const QModelIndex &index, int role) const
{
    if (!m_trace || !index.isValid())
        return {};
    const std::size_t row = std::size_t(index.row());
    const RoundingStep &step = m_trace->steps[row];
    if (role == Qt::TextAlignmentRole)
        return int((index.column() == Decision ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && step.kind == StepKind::Swap)
        return tr("Row %1 and column %2 are short of N: of all swaps this one gains the most (greedy: the first possible)")
            .arg(m_row0 + step.entry.row)
            .arg(m_col0 + step.entry.col);
    if (role == Qt::ToolTipRole)
        return textOf(step);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Number:
        return index.row() + 1;
    case Decision:
        return textOf(step);
    case Gain:
        return step.kind == StepKind::RowFull || step.kind == StepKind::ColumnFull ? QString() : format::gain(step.gain);
    default:
        return format::real(m_kept[row]);
    }
}

QVariant RoundingStepsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    static const std::array<std::pair<const char *, const char *>, ColumnCount> texts{
        {{QT_TR_NOOP("#"), QT_TR_NOOP("the decisions in their order")},
         {QT_TR_NOOP("decision"), QT_TR_NOOP("entries of the matrix, by row and column")},
         {QT_TR_NOOP("gain"), QT_TR_NOOP("by how much the sum of the kept scores changes")},
         {QT_TR_NOOP("kept"), QT_TR_NOOP("the sum of the kept scores so far")}}};
    const auto &[text, hint] = texts[std::size_t(section)];
    if (role == Qt::ToolTipRole)
        return tr(hint);
    if (role == Qt::TextAlignmentRole)
        return int((section == Decision ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    return role == Qt::DisplayRole ? tr(text) : QVariant();
}

} // namespace nms
