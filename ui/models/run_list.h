// SPDX-License-Identifier: Apache-2.0
// The runs of this window that have ended.
#pragma once

#include "ui/models/kept_run.h"

#include <QList>
#include <QObject>

#include <memory>
#include <optional>
#include <vector>

class QUndoStack;

namespace nms {

/// Keeps runs within a limit of memory. Beyond it the oldest runs that are not pinned lose their masks first, and only then
/// leave the list. Deleting and renaming can be undone. GUI thread.
class RunList : public QObject
{
    Q_OBJECT
public:
    using Run = std::shared_ptr<const KeptRun>;
    static constexpr std::int64_t usualLimit = std::int64_t(1) << 30;

    explicit RunList(QUndoStack &undo, QObject *parent = nullptr);

    const std::vector<Run> &all() const { return m_runs; } // in the order in which they ended first
    Run find(int id) const; // null if it is not in the list
    std::vector<Run> ticked() const;

    /// Adds a run, and returns its id. A run with the same setup as one in the list updates that one instead, unless it got
    /// less far; name, pin and tick stay. `run` gets a name if it has none.
    int keep(KeptRun run);

    void rename(int id, const QString &name); // an empty name is ignored
    void setPinned(int id, bool isPinned);
    void setTicked(int id, bool isTicked);
    void remove(const QList<int> &ids);

    std::int64_t bytes() const; // of all runs, and of deleted ones that can be restored
    std::int64_t limit() const { return m_limit; }
    void setLimit(std::int64_t bytes);

signals:
    void changed();

private:
    class RemoveCommand;
    class RenameCommand;

    std::size_t indexOf(int id) const; // all().size() if it is not in the list
    template <class Change> void change(int id, const Change &change);
    std::vector<std::pair<std::size_t, Run>> take(const QList<int> &ids);
    void putBack(const std::vector<std::pair<std::size_t, int>> &places);
    void makeRoom();
    bool dropOldest(); // false if nothing is left that may be dropped
    QString freeName() const;

    QUndoStack &m_undo;
    std::vector<Run> m_runs;
    std::vector<Run> m_removed; // in the order of their removal
    std::int64_t m_limit = usualLimit;
    int m_lastId = 0;
};

} // namespace nms
