// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

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

} // namespace nms
