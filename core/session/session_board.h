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

/// What the solver's thread publishes.
struct SessionView {
    SessionStatus status;
    std::optional<Error> error;
    std::shared_ptr<SessionRun> run; // null before its iteration 0 is there
    std::shared_ptr<const Snapshot> latest;
    std::shared_ptr<const Solution> result;
};

/// What the history's threads publish.
struct HistoryView {
    std::shared_ptr<SessionRun> run; // the run of the request
    std::shared_ptr<const Snapshot> snapshot;
    std::optional<HistoryError> error;
    /// Set while the snapshot is the nearest key frame: progress of the requested iteration, in [0, 1].
    std::optional<double> refining;
};

/// The session's threads publish here what viewers read. Thread-safe; the lock is held only while pointers are moved.
class SessionBoard
{
public:
    void setListener(std::function<void()> listener);

    void publish(SessionView view); // and calls the listener
    /// Sets the progress of a request under way (if there is one) and calls the listener.
    void publishRefining(const std::shared_ptr<SessionRun> &run, double share);
    void publish(HistoryView view); // and calls the listener
    void publishStarting(double share); // and calls the listener; does nothing if no run is starting

    SessionView session() const;
    HistoryView history() const; // empty if it belongs to another run than session()

private:
    template <class View> void exchange(View &shown, View &next);
    void tell();

    mutable std::mutex m_mutex;
    SessionView m_session;
    HistoryView m_history;
    std::mutex m_listenerMutex; // held during a call: one call at a time, none after setListener({}) has returned
    std::function<void()> m_listener;
};

} // namespace nms
