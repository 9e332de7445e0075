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

/// One run at a time, as the GUI thread sees it: live in a SolverSession, or in one go for methods without iterations. Every
/// run has a session of its own, so that nothing of a dropped run is ever taken for the next one's.
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
    void drop(); // cancels, forgets everything; returns at once
    void cancel(); // stops; what was reached can still be looked at

    /// Null without a live run. For commands; read the state below instead, it is coherent.
    SolverSession *session() const { return m_session.get(); }

    const SessionStatus &status() const { return m_status; }
    const HistoryInfo &history() const { return m_history; }
    const std::vector<IterationStats> &stats() const { return m_stats.all(); }
    const std::shared_ptr<const Snapshot> &live() const { return m_live; }
    const std::shared_ptr<const Snapshot> &past() const { return m_past; } // the answer to requestHistory()
    const std::optional<double> &pastRefining() const { return m_pastRefining; } // past() is the nearest key frame
    const std::optional<HistoryError> &pastError() const { return m_pastError; } // why the last one was none
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
    std::shared_ptr<std::atomic<bool>> m_synchronizing; // of this session: a queued synchronize() is under way
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
    BackgroundTask m_retired; // where dropped sessions end their thread
};

} // namespace nms
