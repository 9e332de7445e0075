// SPDX-License-Identifier: Apache-2.0
#include "ui/models/prune_run.h"

#include "core/prune/cpu_algebra.h"
#include "core/sparsity/transposed.h"

#include <QFile>

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

// --- what goes into the layer ---------------------------------------------------------------------------------------

void PruneRun::setTensor(std::shared_ptr<const LoadedTensor> tensor)
{
    m_tensor = std::move(tensor);
    stopReading();
    dropComparison();
    m_layer.reset();
    drop();
    lookForInputs();
}

void PruneRun::setCalibration(const QString &fileName)
{
    if (fileName == m_calibration)
        return;
    m_calibration = fileName;
    stopReading();
    dropComparison();
    m_layer.reset();
    drop();
    lookForInputs();
}

void PruneRun::lookForInputs()
{
    m_inputs.reset();
    m_inputsError.reset();
    m_looking.cancel();
    if (m_tensor && !m_calibration.isEmpty())
        m_looking.start([this, tensor = m_tensor, name = QFile::encodeName(m_calibration).toStdString()](
                            const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
            auto found = jobs::describeInputs(name, tensor->info, context.stop);
            return [this, found] {
                if (found)
                    m_inputs = *found;
                else
                    m_inputsError = found.error();
                emit inputsChanged();
            };
        });
    emit inputsChanged();
}

void PruneRun::withLayer(int threads, std::function<void(const LayerToPrune &)> use)
{
    if (m_layer) {
        use(*m_layer);
        return;
    }
    m_uses.push_back(std::move(use));
    if (!m_reading.isRunning())
        startReading(threads);
}

void PruneRun::stopReading()
{
    m_reading.cancel();
    m_uses.clear();
}

void PruneRun::startReading(int threads)
{
    m_reading.start(
        [this, threads, tensor = m_tensor, algebra = m_algebra, name = QFile::encodeName(m_calibration).toStdString()](
            const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
            const Progress progress{context.stop, [this, &context](std::int64_t done, std::int64_t total) {
                                        context.post([this, share = total > 0 ? double(done) / double(total) : 0] {
                                            m_view.status.starting =
                                                m_view.status.starting ? std::optional(share) : std::nullopt;
                                            emit changed();
                                        });
                                    }};
            LayerToPrune layer{tensor->weights, nullptr, jobs::isInByOut(tensor->info)};
            if (!name.empty()) {
                auto gram = jobs::readInputs(name, tensor->info, *algebra, threads, progress);
                if (!gram)
                    return [this, error = gram.error()] {
                        failReading(error);
                    };
                layer.gram = std::make_shared<const Gram>(std::move(*gram));
            }
            if (layer.isTurned)
                layer.weights = std::make_shared<const Matrix<float>>(transposedOf(*tensor->weights));
            return [this, layer] {
                m_layer = layer;
                for (const auto &use : std::exchange(m_uses, {}))
                    use(layer);
            };
        });
}

void PruneRun::failReading(const Error &error)
{
    m_uses.clear();
    cancelComparison();
    if (m_view.status.starting) {
        clear();
        m_view.status.state = SessionState::Failed;
        m_view.error = error;
    }
    emit failed(error);
    emit changed();
}

// --- comparing ------------------------------------------------------------------------------------------------------

void PruneRun::compare(const std::vector<Framework> &frameworks, const std::vector<Kind> &kinds,
                       const std::vector<NmPattern> &patterns, const PruneOptions &base,
                       std::shared_ptr<SolverBackend> backend)
{
    m_comparing.cancel();
    m_comparison.clear();
    m_comparisonShare = 0;
    m_isComparing = true;
    emit comparisonChanged();
    withLayer(base.tiles.threads, [this, frameworks, kinds, patterns, base, backend](const LayerToPrune &layer) {
        if (!m_isComparing)
            return;
        m_comparing.start([this, layer, frameworks, kinds, patterns, base, backend,
                           algebra = m_algebra](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
            const LayerProblem problem{layer.weights->span(), layer.gram.get()};
            const auto cases = jobs::pruneCases(problem, frameworks, kinds, patterns);
            const Progress progress{context.stop, [this, &context](std::int64_t done, std::int64_t total) {
                                        context.post([this, share = double(done) / double(total)] {
                                            m_comparisonShare = share;
                                            emit comparisonChanged();
                                        });
                                    }};
            const auto onResult = [this, &context](const jobs::PruneCaseResult &result) {
                context.post([this, result] {
                    m_comparison.push_back(result);
                    emit comparisonChanged();
                });
            };
            const Status done = jobs::comparePruning(problem, cases, base, {*backend, *algebra}, progress, onResult);
            return [this, done] {
                m_isComparing = false;
                if (!done && done.error().kind != ErrorKind::Cancelled)
                    emit failed(done.error());
                emit comparisonChanged();
            };
        });
    });
}

void PruneRun::cancelComparison()
{
    m_comparing.cancel();
    m_isComparing = false;
    emit comparisonChanged();
}

void PruneRun::dropComparison()
{
    m_comparison.clear();
    cancelComparison();
}

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
    PruneProblem problem{layer.weights, layer.gram, m_options, backend, m_algebra, layer.isTurned};
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
    // Until the answer is there, what was seen last stays on screen.
    return m_scrubbedTo && m_view.past ? m_view.past : m_view.live;
}

} // namespace nms
