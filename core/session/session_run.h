// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/run_history.h"
#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// What one start() or restart() is about. The solver's thread and the history's thread share it; only `history` changes.
struct SessionRun {
    SessionRun(std::shared_ptr<SolverBackend> backend_, std::shared_ptr<const Matrix<float>> score_,
               const SolveOptions &options_, const SessionOptions &sessionOptions)
        : backend(std::move(backend_)), score(std::move(score_)), options(options_), history(sessionOptions)
    { }

    bool hasIterations() const { return backend->canWatch(options); }

    /// A solve at iteration 0; a BatchSolve where the backend cannot watch the method.
    Result<std::unique_ptr<LiveSolve>> startLive() const;

    const std::shared_ptr<SolverBackend> backend;
    const std::shared_ptr<const Matrix<float>> score;
    const SolveOptions options;
    RunHistory history;
};

} // namespace nms
