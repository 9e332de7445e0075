// SPDX-License-Identifier: Apache-2.0
// PruneRun: weights and activations of the layer, and the comparison of frameworks on it.
#include "core/sparsity/transposed.h"
#include "ui/models/prune_run.h"

#include <QFile>

#include <utility>

namespace nms {

// --- weights and activations of the layer ---------------------------------------------------------------------------

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
            if (layer.isTransposed)
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
                       const std::shared_ptr<SolverBackend> &backend)
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

} // namespace nms
