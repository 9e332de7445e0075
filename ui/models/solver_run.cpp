// SPDX-License-Identifier: Apache-2.0
#include "ui/models/solver_run.h"

#include "core/jobs/solve_matrix.h"

#include <utility>

namespace nms {

SolverRun::SolverRun(QObject *parent)
    : QObject(parent), m_batch([this](const Error &error) {
          m_status.state = SessionState::Failed;
          emit failed(error);
          emit stateChanged();
      }),
      m_retired([this](const Error &error) { emit failed(error); })
{ }

SolverRun::~SolverRun() = default;

void SolverRun::clear()
{
    m_batch.cancel();
    if (m_session) {
        m_session->cancel();
        // Joining the worker may take a frame, so it is not done on the GUI thread.
        m_retired.enqueue([session = std::make_shared<std::unique_ptr<SolverSession>>(std::move(m_session))](
                              const BackgroundTask::Context &) {
            session->reset();
            return BackgroundTask::Delivery();
        });
    }
    m_synchronizing.reset();
    m_status = {};
    m_history = {};
    m_stats.clear();
    m_live.reset();
    m_past.reset();
    m_pastRefining.reset();
    m_pastError.reset();
    m_solution.reset();
}

void SolverRun::drop()
{
    clear();
    emit stateChanged();
    emit liveChanged();
    emit solutionChanged();
}

void SolverRun::startLive(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
                          const SolveOptions &options, bool paused, TileRegion watched, std::optional<DeviceId> viewer,
                          std::optional<Breakpoint> breakpoint, double pace, std::int64_t historyBytes)
{
    clear();
    m_session = std::make_unique<SolverSession>(SessionOptions{.historyBytes = historyBytes});
    const auto flag = std::make_shared<std::atomic<bool>>(false);
    m_synchronizing = flag;
    m_session->setListener([this, flag] {
        // At most one call waits in the GUI thread's queue, however fast the worker is.
        if (!flag->exchange(true))
            QMetaObject::invokeMethod(
                this,
                [this, flag] {
                    flag->store(false);
                    if (flag == m_synchronizing)
                        synchronize();
                },
                Qt::QueuedConnection);
    });
    m_status.state = paused ? SessionState::Paused : SessionState::Running;
    m_status.generation = ++m_runs;
    m_session->setBreakpoint(breakpoint);
    m_session->watch(watched);
    m_session->setViewer(viewer);
    m_session->setPace(pace);
    m_session->start(std::move(backend), std::move(score), options, paused);
    emit stateChanged();
    emit liveChanged();
    emit solutionChanged();
}

void SolverRun::synchronize()
{
    SessionStatus status = m_session->status();
    if (status.generation == 0)
        return; // the session has not processed start() yet
    status.generation = m_runs;
    const bool hasFailed = status.state == SessionState::Failed && m_status.state != SessionState::Failed;
    m_status = status;
    m_stats.dropAfter(status.iteration); // after a rewind
    m_stats.append(m_session->statsSince(m_stats.all().empty() ? 0 : m_stats.all().back().iteration));
    m_history = m_session->history();

    std::shared_ptr<const Snapshot> live = m_session->latest();
    std::shared_ptr<const Snapshot> past = m_session->fromHistory();
    m_pastRefining = m_session->historyRefining();
    std::optional<HistoryError> pastError = m_session->historyError();
    std::shared_ptr<const Solution> solution = m_session->result();
    const bool isNewLive = live != m_live;
    const bool isNewError = pastError &&
        !(m_pastError && m_pastError->iteration == pastError->iteration && m_pastError->line() == pastError->line());
    const bool isNewPast = past != m_past || pastError.has_value() != m_pastError.has_value() || isNewError;
    const bool isNewSolution = solution != m_solution;
    m_live = std::move(live);
    m_past = std::move(past);
    m_pastError = std::move(pastError);
    m_solution = std::move(solution);

    emit stateChanged();
    if (isNewLive)
        emit liveChanged();
    if (isNewPast)
        emit pastChanged();
    if (isNewError)
        emit pastFailed(*m_pastError);
    if (isNewSolution)
        emit solutionChanged();
    if (hasFailed)
        if (const std::optional<Error> error = m_session->error())
            emit failed(*error);
}

void SolverRun::startBatch(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
                           const SolveOptions &options)
{
    clear();
    m_status.state = SessionState::Running;
    m_status.generation = ++m_runs;
    m_batch.start([this, backend = std::move(backend), score = std::move(score),
                   options](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto solution =
            std::make_shared<Result<Solution>>(jobs::solveMatrix(*backend, score->span(), options, {context.stop, {}}));
        return [this, solution] {
            m_status.state = *solution ? SessionState::Finished : SessionState::Failed;
            if (*solution)
                m_solution = std::make_shared<const Solution>(std::move(**solution));
            emit stateChanged();
            if (*solution)
                emit solutionChanged();
            else
                emit failed(solution->error());
        };
    });
    emit stateChanged();
    emit liveChanged();
    emit solutionChanged();
}

void SolverRun::cancel()
{
    if (m_session) {
        m_session->cancel();
    } else if (m_batch.isRunning()) {
        m_batch.cancel();
        m_status.state = SessionState::Cancelled;
        emit stateChanged();
    }
}

} // namespace nms
