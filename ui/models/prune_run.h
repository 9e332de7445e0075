// SPDX-License-Identifier: Apache-2.0
// Pruning of the open tensor, for use on the GUI thread: the activations of the layer, and one run at a time.
#pragma once

#include "core/jobs/layer_inputs.h"
#include "core/jobs/prune_compare.h"
#include "core/session/prune_session.h"
#include "ui/models/background_task.h"
#include "ui/models/loaded_tensor.h"

#include <QObject>

#include <atomic>
#include <memory>
#include <optional>

namespace nms {

/// A layer ready to be pruned, out × in.
struct LayerToPrune {
    std::shared_ptr<const Matrix<float>> weights;
    std::shared_ptr<const Gram> gram; // null without activations
    bool isTransposed = false; // the file stores the transpose, in × out
};

/// To be used on the GUI thread; every function returns at once and reports its effect by a signal.
class PruneRun : public QObject
{
    Q_OBJECT
public:
    explicit PruneRun(QObject *parent = nullptr);
    ~PruneRun() override; // cancels and joins

    // Weights and activations of the layer
    void setTensor(std::shared_ptr<const LoadedTensor> tensor); // drops the run
    void setCalibration(const QString &fileName); // drops the run; empty: no file
    const QString &calibration() const { return m_calibration; }
    /// Of the open tensor; empty while the file is searched.
    const std::optional<jobs::LayerInputs> &inputs() const { return m_inputs; }
    const std::optional<Error> &inputsError() const { return m_inputsError; } // why inputs() is empty
    const std::shared_ptr<LinearAlgebra> &algebra() const { return m_algebra; }
    /// Calls `use` with the layer once it has been read (with its activations, if the file has them); failed() is emitted if
    /// that is impossible. The layer is cached until the tensor or the file changes.
    void withLayer(int threads, std::function<void(const LayerToPrune &)> use);

    // The run
    void start(const PruneOptions &options, std::shared_ptr<SolverBackend> backend, bool paused, std::int64_t historyBytes);
    void drop(); // cancels and forgets
    void run();
    void pause();
    void step(int steps = 1);
    void cancel();
    void scrubTo(int step); // shows the step, without affecting the run
    void followLive();
    void rewindHere(); // the run goes back to the step that is shown
    void setPace(double stepsPerSecond); // upper limit for this and later runs; 0: no limit
    double pace() const { return m_pace; }

    // Comparing
    /// Frameworks × kinds × patterns on the open tensor; replaces the previous comparison. `base`: tiles and damping.
    void compare(const std::vector<Framework> &frameworks, const std::vector<Kind> &kinds,
                 const std::vector<NmPattern> &patterns, const PruneOptions &base,
                 const std::shared_ptr<SolverBackend> &backend);
    void cancelComparison();
    bool isComparing() const { return m_isComparing; }
    double comparisonShare() const { return m_comparisonShare; } // done, in [0, 1]
    const std::vector<jobs::PruneCaseResult> &comparison() const { return m_comparison; }

    const PruneOptions &options() const { return m_options; } // of the run
    const PruneView &view() const { return m_view; } // while activations are read, `starting` is set
    bool isStarted() const { return m_view.status.state != SessionState::Idle; }
    bool canGoOn() const;
    std::shared_ptr<const PruneSnapshot> shown() const; // null before step 0, and if the requested step is not available
    std::optional<int> scrubbedTo() const { return m_scrubbedTo; }
    std::optional<Error> scrubError() const;

signals:
    void inputsChanged();
    void changed(); // of view()
    void shownChanged(); // of shown()
    void comparisonChanged(); // one more result, or the progress
    void failed(const nms::Error &error);

private:
    void clear();
    void lookForInputs();
    void startReading(int threads);
    void stopReading();
    void failReading(const Error &error);
    void dropComparison();
    void begin(const LayerToPrune &layer, const std::shared_ptr<SolverBackend> &backend, std::int64_t historyBytes);
    void synchronize();
    template <class Command> void tell(const Command &command);

    std::shared_ptr<LinearAlgebra> m_algebra;
    std::shared_ptr<const LoadedTensor> m_tensor;
    QString m_calibration;
    std::optional<jobs::LayerInputs> m_inputs;
    std::optional<Error> m_inputsError;
    std::optional<LayerToPrune> m_layer;
    std::vector<std::function<void(const LayerToPrune &)>> m_uses; // callbacks waiting for m_layer

    PruneOptions m_options;
    std::uint64_t m_runs = 0;
    double m_pace = 20; // slow enough to be followed by eye
    std::unique_ptr<PruneSession> m_session;
    std::vector<std::function<void(PruneSession &)>> m_waiting; // commands given while activations are read
    std::shared_ptr<std::atomic<bool>> m_synchronizing; // of this session: a synchronize() is in the queue of the GUI thread
    PruneView m_view;
    std::optional<int> m_scrubbedTo;
    std::vector<jobs::PruneCaseResult> m_comparison;
    bool m_isComparing = false;
    double m_comparisonShare = 0;
    BackgroundTask m_looking;
    BackgroundTask m_reading;
    BackgroundTask m_comparing;
    BackgroundTask m_retired; // joins the threads of dropped sessions
};

} // namespace nms
