// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/run_list.h"

#include <QAbstractTableModel>

namespace nms {

class Workspace;

/// The workspace's list of runs, a row each, in the order of the list. Names can be edited, runs ticked. GUI thread.
class RunListModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        Name,
        Tensor,
        Pattern,
        MethodName,
        Tau,
        Iterations,
        Kept,
        Gap,
        VerdictText,
        Score,
        Seconds,
        Ended,
        ColumnCount
    };
    enum Role {
        SortRole = Qt::UserRole + 1, // the number or text to sort by
        IdRole,
        IsShownRole, // the run is on screen
        LevelRole, // a VerdictLevel
    };

    explicit RunListModel(Workspace &workspace, QObject *parent = nullptr);

    int idAt(int row) const; // 0 outside
    int rowOf(int id) const; // −1 if it is not in the list

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void synchronize();
    void refresh();
    bool isInProgress(const KeptRun &run) const;
    QString textAt(const KeptRun &run, int column) const;
    QString hintAt(const KeptRun &run) const;

    Workspace &m_workspace;
    std::vector<RunList::Run> m_runs; // as last told to the views
};

} // namespace nms
