// SPDX-License-Identifier: Apache-2.0
// Runs the overview of a whole model (core/jobs/model_overview.h) in the background: one at a time, tensor by tensor.
#pragma once

#include "core/jobs/model_overview.h"
#include "ui/models/background_task.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// To be used on the GUI thread; every function returns at once and reports its effect by a signal.
class ModelRun : public QObject
{
    Q_OBJECT
public:
    explicit ModelRun(QObject *parent = nullptr);

    /// Examines all prunable weights of settings.file, which is read again; replaces the previous overview. Axes, patterns
    /// and target are those of `settings`.
    void start(const jobs::OverviewSettings &settings, std::shared_ptr<SolverBackend> backend,
               std::shared_ptr<SolverBackend> fallback);
    /// Tensors already finished are kept.
    void cancel();
    void clear(); // cancels and forgets

    bool isRunning() const { return m_isRunning; }
    double share() const; // done, in [0, 1]
    std::optional<double> secondsLeft() const; // an estimate; none in the first half second
    QString tensorUnderWay() const { return m_tensor; }

    const jobs::OverviewSettings &settings() const { return m_settings; }
    const std::vector<jobs::TensorOverview> &tensors() const { return m_tensors; }
    const std::optional<jobs::ModelOverview> &model() const { return m_model; } // the whole model, once finished

signals:
    void changed(); // started, one more tensor done, ended, or cleared
    void failed(const nms::Error &error);

private:
    jobs::OverviewSettings m_settings;
    std::vector<jobs::TensorOverview> m_tensors;
    std::optional<jobs::ModelOverview> m_model;
    QString m_tensor;
    bool m_isRunning = false;
    QElapsedTimer m_clock;
    std::shared_ptr<std::atomic<double>> m_share; // progress of the job under way, written by the job
    BackgroundTask m_task; // last: its thread ends before anything above is destroyed
};

} // namespace nms
