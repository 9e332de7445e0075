// SPDX-License-Identifier: Apache-2.0
// A workspace on the sample weights, and an event loop that waits for what it does in the background.
#pragma once

#include "core/solver/cpu_backend.h"
#include "ui/models/workspace.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QString>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace nms {

inline bool waitFor(const std::function<bool()> &condition, int milliseconds = 60000)
{
    QElapsedTimer clock;
    clock.start();
    while (!condition() && clock.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 20);
    return condition();
}

inline std::vector<BackendChoice> cpuOnly()
{
    return {{QStringLiteral("cpu"), QStringLiteral("CPU"), std::shared_ptr<SolverBackend>(makeCpuBackend())}};
}

/// The sample's 384 × 384 query matrix at keep 8 of 16, few iterations.
class SampleWorkspace : public Workspace
{
public:
    explicit SampleWorkspace(const std::vector<BackendChoice> &backends = cpuOnly()) : Workspace(backends)
    {
        openFile(QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5"));
        const bool loaded = waitFor([this] { return tensor() && !isLoading(); });
        if (!loaded)
            throw std::runtime_error("the sample did not load");
        SolveOptions few = options();
        few.pattern = {8, 16};
        few.method = Method::Dykstra;
        few.iterations = 20;
        setOptions(few);
    }
    void finish()
    {
        run();
        const bool finished = waitFor([this] { return solution() && sessionStatus().state == SessionState::Finished; });
        if (!finished)
            throw std::runtime_error("the run did not end");
    }
};

} // namespace nms
