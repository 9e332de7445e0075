// SPDX-License-Identifier: Apache-2.0
// The overview of a whole model (core/jobs/model_overview.h) as the GUI thread sees it: one at a time, tensor by tensor.
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

/// GUI thread; every function returns at once, and its effect is a signal.
class ModelRun : public QObject
{
    Q_OBJECT
public:
    explicit ModelRun(QObject *parent = nullptr);

    /// Looks at all prunable weights of settings.file, the file being read anew; replaces what is there. Axes, patterns and
    /// target as in the settings.
    void start(const jobs::OverviewSettings &settings, std::shared_ptr<SolverBackend> backend,
               std::shared_ptr<SolverBackend> fallback);
    /// What is finished stays.
    void cancel();
    void clear(); // cancels and forgets

    bool isRunning() const { return m_isRunning; }
    double share() const; // done, in [0, 1]
    std::optional<double> secondsLeft() const; // an estimate; none in the first half second
    QString tensorUnderWay() const { return m_tensor; }

    const jobs::OverviewSettings &settings() const { return m_settings; }
    const std::vector<jobs::TensorOverview> &tensors() const { return m_tensors; }
    const std::optional<jobs::ModelOverview> &model() const { return m_model; } // all of it, once finished

signals:
    void changed(); // a tensor more, started, ended, cleared
    void failed(const nms::Error &error);

private:
    jobs::OverviewSettings m_settings;
    std::vector<jobs::TensorOverview> m_tensors;
    std::optional<jobs::ModelOverview> m_model;
    QString m_tensor;
    bool m_isRunning = false;
    QElapsedTimer m_clock;
    std::shared_ptr<std::atomic<double>> m_share; // of the job under way; it writes it
    BackgroundTask m_task; // last: its thread ends before anything above is destroyed
};

} // namespace nms
