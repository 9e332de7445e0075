// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/session_run.h"
#include "core/session/session_types.h"
#include "core/solver/solver_backend.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace nms {

/// What the solver's thread shows.
struct SessionView {
    SessionStatus status;
    std::optional<Error> error;
    std::shared_ptr<SessionRun> run; // null before its iteration 0 is there
    std::shared_ptr<const Snapshot> latest;
    std::shared_ptr<const Solution> result;
};

/// What the history's thread shows.
struct HistoryView {
    std::shared_ptr<SessionRun> run; // which was asked about
    std::shared_ptr<const Snapshot> snapshot;
    std::optional<HistoryError> error;
    std::optional<double> refining; // the snapshot is the nearest key frame: how far the asked-for iteration is, in [0, 1]
};

/// Where the session's threads put what viewers read. Thread-safe; the lock is held for moving pointers only.
class SessionBoard
{
public:
    void setListener(std::function<void()> listener);

    void publish(SessionView view); // and tells the listener
    /// Tells how far the answer is, where one is on its way, and the listener.
    void publishRefining(const std::shared_ptr<SessionRun> &run, double share);
    void publish(HistoryView view); // likewise
    void publishStarting(double share); // likewise; nothing where no run is starting

    SessionView session() const;
    HistoryView history() const; // empty where it is about another run than session()

private:
    template <class View> void exchange(View &shown, View &next);
    void tell();

    mutable std::mutex m_mutex;
    SessionView m_session;
    HistoryView m_history;
    std::mutex m_listenerMutex; // held during the call: one at a time, and none after setListener({}) has returned
    std::function<void()> m_listener;
};

} // namespace nms
