// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/iteration_log.h"
#include "core/session/solver_session.h"
#include "ui/models/background_task.h"

#include <QObject>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// One run at a time, for use on the GUI thread: live in a SolverSession, or as one background job for methods without
/// iterations. Every run has a session of its own, so that results of a dropped run cannot be mistaken for the next run's.
class SolverRun : public QObject
{
    Q_OBJECT
public:
    explicit SolverRun(QObject *parent = nullptr);
    ~SolverRun() override; // cancels and joins

    void startLive(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
                   const SolveOptions &options, bool paused, TileRegion watched, std::optional<DeviceId> viewer,
                   std::optional<Breakpoint> breakpoint, double pace, std::int64_t historyBytes);
    void startBatch(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
                    const SolveOptions &options);
    void drop(); // cancels and discards everything; returns at once
    void cancel(); // stops; the state reached can still be viewed

    /// Null without a live run. For commands only: to read the state use the functions below, which are consistent.
    SolverSession *session() const { return m_session.get(); }

    const SessionStatus &status() const { return m_status; }
    const HistoryInfo &history() const { return m_history; }
    const std::vector<IterationStats> &stats() const { return m_stats.all(); }
    const std::shared_ptr<const Snapshot> &live() const { return m_live; }
    const std::shared_ptr<const Snapshot> &past() const { return m_past; } // the answer to requestHistory()
    /// Set while past() is the nearest key frame: see SolverSession.
    const std::optional<double> &pastRefining() const { return m_pastRefining; }
    const std::optional<HistoryError> &pastError() const { return m_pastError; } // why the last request has no answer
    const std::shared_ptr<const Solution> &solution() const { return m_solution; }

signals:
    void stateChanged();
    void liveChanged();
    void pastChanged();
    void pastFailed(const nms::HistoryError &error);
    void solutionChanged();
    void failed(const nms::Error &error);

private:
    void clear();
    void synchronize();

    std::unique_ptr<SolverSession> m_session;
    std::shared_ptr<std::atomic<bool>> m_synchronizing; // of this session: a synchronize() is in the queue of the GUI thread
    SessionStatus m_status;
    HistoryInfo m_history;
    IterationLog m_stats;
    std::shared_ptr<const Snapshot> m_live;
    std::shared_ptr<const Snapshot> m_past;
    std::optional<double> m_pastRefining;
    std::optional<HistoryError> m_pastError;
    std::shared_ptr<const Solution> m_solution;
    std::uint64_t m_runs = 0;
    BackgroundTask m_batch;
    BackgroundTask m_retired; // joins the threads of dropped sessions
};

} // namespace nms
