// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/run_history.h"
#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// Adapter for a method that its backend cannot watch: a live solve without iterations, whose round() does all the work.
class BatchSolve : public LiveSolve
{
public:
    /// Shares `score`; the backend must outlive it.
    BatchSolve(SolverBackend &backend, std::shared_ptr<const Matrix<float>> score, const SolveOptions &options);

    int iteration() const override { return 0; }
    int plannedIterations() const override { return 0; }
    bool finished() const override { return true; }
    Status advance(int, const std::stop_token &, std::vector<IterationStats> &) override { return {}; }
    Status capture(const TileRegion &region, Snapshot &out) override; // Unsupported: there is no intermediate state
    Status save(KeyFrame &out, const std::stop_token &stop) const override;
    Status restore(const KeyFrame &) override { return {}; }
    Result<Solution> round(const Progress &progress) const override;

private:
    SolverBackend &m_backend;
    std::shared_ptr<const Matrix<float>> m_score;
    SolveOptions m_options;
};

/// The data of one run, made by start() or restart(). Shared by the solver's thread and the history's threads; only
/// `history` changes.
struct SessionRun {
    SessionRun(std::shared_ptr<SolverBackend> backend_, std::shared_ptr<const Matrix<float>> score_,
               const SolveOptions &options_, const SessionOptions &sessionOptions)
        : backend(std::move(backend_)), score(std::move(score_)), options(options_), history(sessionOptions)
    { }

    bool hasIterations() const { return backend->canWatch(options); }

    /// A solve at iteration 0; a BatchSolve if the backend cannot watch the method. Cancelled when progress.stop is
    /// requested.
    Result<std::unique_ptr<LiveSolve>> startLive(const Progress &progress) const;

    /// The same, but without the warm start: the caller must restore a key frame first, and key frames contain the result
    /// of the warm start.
    Result<std::unique_ptr<LiveSolve>> startReplay(const Progress &progress) const;

    const std::shared_ptr<SolverBackend> backend;
    const std::shared_ptr<const Matrix<float>> score;
    const SolveOptions options;
    RunHistory history;
    std::shared_ptr<const KeyFrameReader>
        reader; // of the run's key frames; null if the backend has none. Set before the run is published

private:
    Result<std::unique_ptr<LiveSolve>> startLive(const SolveOptions &wanted, const Progress &progress) const;
};

} // namespace nms
