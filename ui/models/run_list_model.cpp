// SPDX-License-Identifier: Apache-2.0
#include "ui/models/run_list_model.h"

#include "ui/models/comparison_model.h"
#include "ui/models/format.h"
#include "ui/models/workspace.h"

#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

struct ColumnTexts {
    const char *title;
    const char *hint;
};

constexpr std::array<ColumnTexts, RunListModel::ColumnCount> columnTexts{{
    {"run", "a tick draws the run in the convergence chart and chooses it for Compare; F2 renames it; ◆ is pinned"},
    {"tensor", "the tensor that was solved"},
    {"pattern", "N of every M are kept"},
    {"method", "how the mask was found"},
    {"τ", "sharpness of the plan; only of entropic methods"},
    {"iterations", "iterations done"},
    {"kept", "share of the score that the mask keeps; of a stopped run, the plan"},
    {"gap", "at most this far below the optimum (certified); of a stopped run, the plan's gap"},
    {"verdict", "the outcome in words"},
    {"score", "what the mask keeps as much of as it can"},
    {"time", "solving alone"},
    {"ended", "time of day"},
}};

QVariant sortKey(const KeptRun &run, int column)
{
    const SolveOptions &options = run.setup.settings.options;
    switch (column) {
    case RunListModel::Pattern:
        return options.pattern.m * 100 + options.pattern.n;
    case RunListModel::Tau:
        return options.tau;
    case RunListModel::Iterations:
        return run.iteration;
    case RunListModel::Kept:
        return std::isnan(run.keptShare) ? -1 : run.keptShare;
    case RunListModel::Gap:
        return std::isnan(run.gap) ? -1 : run.gap;
    case RunListModel::Seconds:
        return run.seconds;
    case RunListModel::Ended:
        return run.ended;
    default:
        return {};
    }
}

} // namespace

RunListModel::RunListModel(Workspace &workspace, QObject *parent) : QAbstractTableModel(parent), m_workspace(workspace)
{
    connect(&workspace.runs(), &RunList::changed, this, &RunListModel::synchronize);
    connect(&workspace, &Workspace::optionsChanged, this, &RunListModel::refresh); // another run may be on screen
    m_runs = workspace.runs().all();
}

void RunListModel::refresh()
{
    if (!m_runs.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

/// Tells the views which rows have come and gone, so that they keep their selection.
void RunListModel::synchronize()
{
    const std::vector<RunList::Run> &now = m_workspace.runs().all();
    const auto isIn = [](const std::vector<RunList::Run> &runs, int id) {
        return std::ranges::any_of(runs, [id](const RunList::Run &run) { return run->id == id; });
    };
    for (int row = rowCount() - 1; row >= 0; --row)
        if (!isIn(now, m_runs[std::size_t(row)]->id)) {
            beginRemoveRows({}, row, row);
            m_runs.erase(m_runs.begin() + row);
            endRemoveRows();
        }
    for (int row = 0; row < int(now.size()); ++row)
        if (row >= rowCount() || m_runs[std::size_t(row)]->id != now[std::size_t(row)]->id) {
            beginInsertRows({}, row, row);
            m_runs.insert(m_runs.begin() + row, now[std::size_t(row)]);
            endInsertRows();
        }
    m_runs = now;
    refresh();
}

int RunListModel::idAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_runs[std::size_t(row)]->id : 0;
}

int RunListModel::rowOf(int id) const
{
    const auto found = std::ranges::find(m_runs, id, [](const RunList::Run &run) { return run->id; });
    return found == m_runs.end() ? -1 : int(found - m_runs.begin());
}

int RunListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_runs.size());
}

int RunListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

/// It has a row because another run is on screen. Where the same has been solved before, that result stays in the row.
bool RunListModel::isInProgress(const KeptRun &run) const
{
    return !run.isFinished && m_workspace.runInProgress() == run.id;
}

QString RunListModel::textAt(const KeptRun &run, int column) const
{
    const QString none = QStringLiteral("–");
    const SolveOptions &options = run.setup.settings.options;
    switch (column) {
    case Name:
        return run.isPinned ? QStringLiteral("◆ ") + run.name : run.name;
    case Tensor:
        return run.setup.tensor;
    case Pattern:
        return text(options.pattern.text());
    case MethodName:
        return methodLabel(options.method);
    case Tau:
        return isEntropic(options.method) ? QString::number(options.tau, 'g', 8) : none;
    case Iterations:
        return run.iteration > 0 ? format::count(run.iteration) : none;
    case Score:
        return run.scoreTitle;
    case Kept:
        return std::isnan(run.keptShare) ? none : format::share(run.keptShare);
    case Gap:
        return std::isnan(run.gap) ? none : format::percent(run.gap);
    case VerdictText:
        if (isInProgress(run))
            return tr("in progress");
        return run.isFinished ? run.verdict.text : tr("stopped: %1").arg(run.verdict.text);
    case Seconds:
        return format::seconds(run.seconds);
    case Ended:
        return QLocale::c().toString(run.ended,
                                     run.ended.date() == QDate::currentDate() ? QStringLiteral("HH:mm:ss")
                                                                              : QStringLiteral("yyyy-MM-dd HH:mm"));
    }
    return {};
}

QString RunListModel::hintAt(const KeptRun &run) const
{
    QStringList lines{
        tr("%1 of %2").arg(run.setup.tensor, QFileInfo(run.setup.file).fileName()),
        tr("%1, keep %2, seed %3, on %4")
            .arg(methodLabel(run.setup.settings.options.method), text(run.setup.settings.options.pattern.text()))
            .arg(run.setup.settings.options.seed)
            .arg(run.setup.settings.backend)};
    if (isInProgress(run))
        lines << tr("it continues while another run is on screen");
    else if (run.solution)
        lines << tr("its mask takes %1").arg(format::bytes(run.solutionBytes()));
    else if (run.isFinished)
        lines << tr("its mask is not in memory: solved again when shown");
    else
        lines << tr("stopped at iteration %1: solved again up to there when shown").arg(run.iteration);
    return lines.join(QLatin1Char('\n'));
}

QVariant RunListModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const KeptRun &run = *m_runs[std::size_t(index.row())];
    const bool isText = index.column() == Name || index.column() == Tensor || index.column() == MethodName ||
        index.column() == VerdictText || index.column() == Score;
    switch (role) {
    case Qt::DisplayRole:
        return textAt(run, index.column());
    case Qt::EditRole:
        return index.column() == Name ? run.name : QVariant();
    case Qt::CheckStateRole:
        return index.column() == Name ? QVariant(run.isTicked ? Qt::Checked : Qt::Unchecked) : QVariant();
    case Qt::ToolTipRole:
        return hintAt(run);
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (isText ? Qt::AlignLeft : Qt::AlignRight));
    case SortRole: {
        const QVariant key = sortKey(run, index.column());
        return key.isValid() ? key : QVariant(index.column() == Name ? run.name : textAt(run, index.column()));
    }
    case IdRole:
        return run.id;
    case IsShownRole:
        return m_workspace.shownRun() == run.id;
    case LevelRole:
        return int(run.verdict.level);
    }
    return {};
}

bool RunListModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    const int id = index.isValid() ? idAt(index.row()) : 0;
    if (id == 0 || index.column() != Name)
        return false;
    if (role == Qt::EditRole)
        m_workspace.runs().rename(id, value.toString());
    else if (role == Qt::CheckStateRole)
        m_workspace.runs().setTicked(id, value.toInt() == Qt::Checked);
    else
        return false;
    return true;
}

Qt::ItemFlags RunListModel::flags(const QModelIndex &index) const
{
    const Qt::ItemFlags usual = QAbstractTableModel::flags(index);
    return index.column() == Name ? usual | Qt::ItemIsEditable | Qt::ItemIsUserCheckable : usual;
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const ColumnTexts &texts = columnTexts[std::size_t(section)];
    if (role == Qt::DisplayRole)
        return tr(texts.title);
    if (role == Qt::ToolTipRole)
        return tr(texts.hint);
    return {};
}

} // namespace nms
