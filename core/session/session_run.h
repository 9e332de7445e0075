// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/run_history.h"
#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// A method that its backend cannot watch, as a live solve of no iterations: round() is all there is.
class BatchSolve : public LiveSolve
{
public:
    /// Shares `score`; the backend must outlive it.
    BatchSolve(SolverBackend &backend, std::shared_ptr<const Matrix<float>> score, const SolveOptions &options);

    int iteration() const override { return 0; }
    int plannedIterations() const override { return 0; }
    bool finished() const override { return true; }
    Status advance(int, const std::stop_token &, std::vector<IterationStats> &) override { return {}; }
    Status capture(const TileRegion &region, Snapshot &out) override; // Unsupported: there is nothing to look at
    Status save(KeyFrame &out, const std::stop_token &stop) const override;
    Status restore(const KeyFrame &) override { return {}; }
    Result<Solution> round(const Progress &progress) const override;

private:
    SolverBackend &m_backend;
    std::shared_ptr<const Matrix<float>> m_score;
    SolveOptions m_options;
};

/// What one start() or restart() is about. The solver's thread and the history's thread share it; only `history` changes.
struct SessionRun {
    SessionRun(std::shared_ptr<SolverBackend> backend_, std::shared_ptr<const Matrix<float>> score_,
               const SolveOptions &options_, const SessionOptions &sessionOptions)
        : backend(std::move(backend_)), score(std::move(score_)), options(options_), history(sessionOptions)
    { }

    bool hasIterations() const { return backend->canWatch(options); }

    /// A solve at iteration 0; a BatchSolve where the backend cannot watch the method. Cancelled when progress.stop was
    /// requested.
    Result<std::unique_ptr<LiveSolve>> startLive(const Progress &progress) const;

    /// Likewise, to be restored from a key frame before anything else: where the method starts from another one's end,
    /// which the key frames hold, that is not repeated.
    Result<std::unique_ptr<LiveSolve>> startReplay(const Progress &progress) const;

    const std::shared_ptr<SolverBackend> backend;
    const std::shared_ptr<const Matrix<float>> score;
    const SolveOptions options;
    RunHistory history;
    std::shared_ptr<const KeyFrameReader>
        reader; // of its key frames; null where there is none. Set before the run is published

private:
    Result<std::unique_ptr<LiveSolve>> startLive(const SolveOptions &wanted, const Progress &progress) const;
};

} // namespace nms
