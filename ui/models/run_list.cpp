// SPDX-License-Identifier: Apache-2.0
#include "ui/models/run_list.h"

#include <QUndoStack>

#include <algorithm>
#include <utility>

namespace nms {

class RunList::RemoveCommand : public QUndoCommand
{
public:
    RemoveCommand(RunList &list, const QList<int> &ids) : m_list(list), m_ids(ids)
    {
        const RunList::Run first = list.find(ids.front());
        setText(ids.size() == 1 ? RunList::tr("delete %1").arg(first->name) : RunList::tr("delete %1 runs").arg(ids.size()));
    }
    void redo() override
    {
        m_places.clear();
        for (const auto &[index, run] : m_list.take(m_ids))
            m_places.emplace_back(index, run->id);
    }
    void undo() override { m_list.putBack(m_places); }

private:
    RunList &m_list;
    const QList<int> m_ids;
    std::vector<std::pair<std::size_t, int>> m_places; // index and id of each, ascending
};

class RunList::RenameCommand : public QUndoCommand
{
public:
    RenameCommand(RunList &list, int id, const QString &name)
        : QUndoCommand(RunList::tr("rename %1").arg(list.find(id)->name)), m_list(list), m_id(id), m_name(name)
    { }
    void redo() override { swapNames(); }
    void undo() override { swapNames(); }

private:
    void swapNames()
    {
        m_list.change(m_id, [this](KeptRun &run) { std::swap(run.name, m_name); });
    }

    RunList &m_list;
    const int m_id;
    QString m_name; // the other one
};

RunList::RunList(QUndoStack &undo, QObject *parent) : QObject(parent), m_undo(undo) { }

std::size_t RunList::indexOf(int id) const
{
    return std::size_t(std::ranges::find(m_runs, id, [](const Run &run) { return run->id; }) - m_runs.begin());
}

RunList::Run RunList::find(int id) const
{
    const std::size_t index = indexOf(id);
    return index < m_runs.size() ? m_runs[index] : nullptr;
}

std::vector<RunList::Run> RunList::ticked() const
{
    std::vector<Run> result;
    std::ranges::copy_if(m_runs, std::back_inserter(result), [](const Run &run) { return run->isTicked; });
    return result;
}

/// "Run 3", with the first number that no run has.
QString RunList::freeName() const
{
    for (int number = int(m_runs.size()) + 1;; ++number) {
        QString name = tr("Run %1").arg(number);
        if (std::ranges::none_of(m_runs, [&](const Run &run) { return run->name == name; }))
            return name;
    }
}

int RunList::keep(KeptRun run)
{
    const auto known = std::ranges::find_if(m_runs, [&](const Run &other) { return other->setup == run.setup; });
    const bool isKnown = known != m_runs.end();
    if (isKnown) {
        const KeptRun &old = **known;
        const bool isFurther = std::pair(run.isFinished, run.iteration) >= std::pair(old.isFinished, old.iteration);
        const bool isSame = run.solution == old.solution && run.iteration == old.iteration && run.seconds == old.seconds;
        if (!isFurther || isSame || (!run.solution && old.solution))
            return old.id;
        run.name = old.name;
        run.isPinned = old.isPinned;
        run.isTicked = old.isTicked;
    } else if (run.name.isEmpty()) {
        run.name = freeName();
    }
    const int id = run.id = isKnown ? (*known)->id : ++m_lastId;
    auto shared = std::make_shared<const KeptRun>(std::move(run));
    if (isKnown)
        *known = std::move(shared);
    else
        m_runs.push_back(std::move(shared));
    makeRoom();
    emit changed();
    return id;
}

template <class Change> void RunList::change(int id, const Change &change)
{
    const std::size_t index = indexOf(id);
    if (index == m_runs.size())
        return;
    KeptRun copy = *m_runs[index];
    change(copy);
    m_runs[index] = std::make_shared<const KeptRun>(std::move(copy));
    emit changed();
}

void RunList::rename(int id, const QString &name)
{
    const QString plain = name.simplified();
    if (const Run run = find(id); run && !plain.isEmpty() && plain != run->name)
        m_undo.push(new RenameCommand(*this, id, plain));
}

void RunList::setPinned(int id, bool isPinned)
{
    change(id, [isPinned](KeptRun &run) { run.isPinned = isPinned; });
}

void RunList::setTicked(int id, bool isTicked)
{
    change(id, [isTicked](KeptRun &run) { run.isTicked = isTicked; });
}

void RunList::remove(const QList<int> &ids)
{
    QList<int> known = ids;
    known.removeIf([this](int id) { return !find(id); });
    if (!known.isEmpty())
        m_undo.push(new RemoveCommand(*this, known));
}

std::vector<std::pair<std::size_t, RunList::Run>> RunList::take(const QList<int> &ids)
{
    std::vector<std::pair<std::size_t, Run>> taken;
    for (std::size_t i = 0; i < m_runs.size(); ++i)
        if (ids.contains(m_runs[i]->id)) {
            taken.emplace_back(i, m_runs[i]);
            m_removed.push_back(m_runs[i]);
        }
    std::erase_if(m_runs, [&](const Run &run) { return ids.contains(run->id); });
    emit changed();
    return taken;
}

/// Those that were dropped in the meantime, or that have been solved again, do not return.
void RunList::putBack(const std::vector<std::pair<std::size_t, int>> &places)
{
    for (const auto &[index, id] : places) {
        const auto removed = std::ranges::find(m_removed, id, [](const Run &run) { return run->id; });
        if (removed == m_removed.end())
            continue;
        const Run run = *removed;
        m_removed.erase(removed);
        if (std::ranges::none_of(m_runs, [&](const Run &other) { return other->setup == run->setup; }))
            m_runs.insert(m_runs.begin() + std::ptrdiff_t(std::min(index, m_runs.size())), run);
    }
    emit changed();
}

std::int64_t RunList::bytes() const
{
    std::int64_t sum = 0;
    for (const std::vector<Run> *runs : {&m_runs, &m_removed})
        for (const Run &run : *runs)
            sum += run->bytes();
    return sum;
}

void RunList::setLimit(std::int64_t bytes)
{
    m_limit = bytes;
    makeRoom();
    emit changed();
}

void RunList::makeRoom()
{
    while (bytes() > m_limit && dropOldest())
        ;
}

bool RunList::dropOldest()
{
    if (!m_removed.empty()) {
        m_removed.erase(m_removed.begin());
        return true;
    }
    const auto oldest = [this](auto isCandidate) {
        auto found = m_runs.end();
        for (auto run = m_runs.begin(); run != m_runs.end(); ++run)
            if (!(*run)->isPinned && isCandidate(**run) && (found == m_runs.end() || (*run)->ended < (*found)->ended))
                found = run;
        return found;
    };
    if (const auto run = oldest([](const KeptRun &each) { return each.solution != nullptr; }); run != m_runs.end()) {
        KeptRun copy = **run;
        copy.solution.reset();
        *run = std::make_shared<const KeptRun>(std::move(copy));
        return true;
    }
    const auto run = oldest([](const KeptRun &) { return true; });
    if (run == m_runs.end())
        return false;
    m_runs.erase(run);
    return true;
}

} // namespace nms
