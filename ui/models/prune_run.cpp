// SPDX-License-Identifier: Apache-2.0
#include "ui/models/prune_run.h"

#include "core/prune/cpu_algebra.h"

#include <utility>

namespace nms {

PruneRun::PruneRun(QObject *parent)
    : QObject(parent), m_algebra(makeCpuAlgebra()), m_looking([this](const Error &error) { emit failed(error); }),
      m_reading([this](const Error &error) { failReading(error); }), m_comparing([this](const Error &error) {
          m_isComparing = false;
          emit failed(error);
          emit comparisonChanged();
      }),
      m_retired([this](const Error &error) { emit failed(error); })
{ }

PruneRun::~PruneRun() = default;

// --- the run --------------------------------------------------------------------------------------------------------

void PruneRun::clear()
{
    if (m_session) {
        m_session->cancel();
        // Joining the worker may take a while: not on the GUI thread.
        m_retired.enqueue([session = std::make_shared<std::unique_ptr<PruneSession>>(std::move(m_session))](
                              const BackgroundTask::Context &) {
            session->reset();
            return BackgroundTask::Delivery();
        });
    }
    ++m_runs;
    m_synchronizing.reset();
    m_waiting.clear();
    m_scrubbedTo.reset();
    m_view = {};
}

void PruneRun::drop()
{
    if (!m_isComparing)
        stopReading();
    clear();
    emit changed();
    emit shownChanged();
}

void PruneRun::start(const PruneOptions &options, std::shared_ptr<SolverBackend> backend, bool paused,
                     std::int64_t historyBytes)
{
    clear();
    m_options = options;
    m_view.status.state = paused ? SessionState::Paused : SessionState::Running;
    m_view.status.starting = 0;
    emit changed();
    emit shownChanged();
    withLayer(options.tiles.threads,
              [this, run = m_runs, backend = std::move(backend), historyBytes](const LayerToPrune &layer) {
                  if (run == m_runs)
                      begin(layer, backend, historyBytes);
              });
}

void PruneRun::begin(const LayerToPrune &layer, const std::shared_ptr<SolverBackend> &backend, std::int64_t historyBytes)
{
    const auto flag = std::make_shared<std::atomic<bool>>(false);
    m_synchronizing = flag;
    PruneProblem problem{layer.weights, layer.gram, m_options, backend, m_algebra, layer.isTransposed};
    m_session = std::make_unique<PruneSession>(std::move(problem), PruneSessionOptions{.historyBytes = historyBytes},
                                               m_view.status.state == SessionState::Paused, [this, flag] {
                                                   // At most one call waits in the GUI thread's queue, however fast the
                                                   // worker is.
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
    m_session->setPace(m_pace);
    for (const auto &command : std::exchange(m_waiting, {}))
        command(*m_session);
}

void PruneRun::synchronize()
{
    const bool hadFailed = m_view.status.state == SessionState::Failed;
    const auto before = shown();
    m_view = m_session->view();
    emit changed();
    if (shown() != before)
        emit shownChanged();
    if (!hadFailed && m_view.error)
        emit failed(*m_view.error);
}

template <class Command> void PruneRun::tell(const Command &command)
{
    if (m_session)
        command(*m_session);
    else if (isStarted())
        m_waiting.push_back(command);
}

void PruneRun::run()
{
    followLive();
    tell([](PruneSession &session) { session.run(); });
}

void PruneRun::pause()
{
    tell([](PruneSession &session) { session.pause(); });
}

void PruneRun::step(int steps)
{
    followLive();
    tell([steps](PruneSession &session) { session.step(steps); });
}

void PruneRun::cancel()
{
    if (m_session) {
        m_session->cancel();
    } else if (isStarted()) {
        drop();
    }
}

void PruneRun::setPace(double stepsPerSecond)
{
    m_pace = stepsPerSecond;
    if (m_session)
        m_session->setPace(stepsPerSecond);
    emit changed();
}

void PruneRun::scrubTo(int step)
{
    if (!m_session || !m_view.live)
        return;
    step = std::max(0, step);
    if (step >= m_view.live->step()) {
        followLive();
        return;
    }
    if (m_scrubbedTo == step)
        return;
    m_scrubbedTo = step;
    m_session->show(step);
    emit changed();
    emit shownChanged();
}

void PruneRun::followLive()
{
    if (!m_scrubbedTo)
        return;
    m_scrubbedTo.reset();
    emit changed();
    emit shownChanged();
}

void PruneRun::rewindHere()
{
    if (!m_scrubbedTo || !m_session)
        return;
    m_session->rewind(*m_scrubbedTo);
    followLive();
}

bool PruneRun::canGoOn() const
{
    return m_view.status.state == SessionState::Running || m_view.status.state == SessionState::Paused;
}

std::optional<Error> PruneRun::scrubError() const
{
    if (!m_scrubbedTo || !m_view.pastError || m_view.pastError->iteration != *m_scrubbedTo)
        return std::nullopt;
    return *m_view.pastError;
}

std::shared_ptr<const PruneSnapshot> PruneRun::shown() const
{
    if (scrubError())
        return nullptr;
    // Until the answer has arrived, the previous state stays on screen.
    return m_scrubbedTo && m_view.past ? m_view.past : m_view.live;
}

} // namespace nms
