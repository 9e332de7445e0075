// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/precision_drift.h"
#include "ui/models/background_task.h"

#include <QObject>

#include <atomic>
#include <memory>
#include <optional>

namespace nms {

class Workspace;

/// The comparison of the settings' iterates with double precision, in the background. GUI thread.
class DriftRun : public QObject
{
    Q_OBJECT
public:
    static constexpr int mostTiles = 64;

    explicit DriftRun(Workspace &workspace, QObject *parent = nullptr);

    bool isRunning() const { return m_task.isRunning(); }
    double share() const { return m_share ? m_share->load() : 0; } // of the iterations done
    /// Of the settings of the run on screen; empty before the end.
    const std::optional<jobs::PrecisionDrift> &result() const { return m_result; }

    void start(); // with the settings of the run on screen, else with those of the next one
    void cancel();
    void clear();

signals:
    void changed();
    void finished(); // result() is new
    void failed(const nms::Error &error);

private:
    Workspace &m_workspace;
    BackgroundTask m_task;
    std::shared_ptr<std::atomic<double>> m_share;
    std::optional<jobs::PrecisionDrift> m_result;
};

/// "float32 against float64 in 64 tiles: the plans differ by 2.1e-06 at most (iteration 112); all masks are the same".
QString driftText(const jobs::PrecisionDrift &drift);

} // namespace nms
