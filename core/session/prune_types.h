// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs of the pruning of a layer.
#pragma once

#include "core/prune/error_map.h"
#include "core/prune/layer_run.h"
#include "core/session/session_types.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// The layer to be pruned, and the method and backends that prune it.
struct PruneProblem {
    std::shared_ptr<const Matrix<float>> weights; // out × in, finite
    std::shared_ptr<const Gram> gram; // null: magnitude pruning only, and no error is known
    PruneOptions options;
    std::shared_ptr<SolverBackend> backend; // chooses the entries to keep
    std::shared_ptr<LinearAlgebra> algebra;
    bool showsInByOut = false; // snapshots are transposed (in × out), as in a file whose rows are inputs
};

/// The scalars of one step.
struct PruneFigures {
    PruneStep step; // iteration 0: the state before the first step
    double error = PruneStep::none; // ‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖²; NaN if the step was not evaluated
    double keptMagnitude = PruneStep::none; // Σ|W| of the kept entries / Σ|W| of all; NaN likewise
};

/// The layer after one step; immutable.
struct PruneSnapshot {
    PruneFigures figures;
    PrunedLayer layer;
    std::shared_ptr<const ErrorMap> error; // null without activations
    int step() const { return figures.step.iteration; }
};

/// Everything that a viewer can see of a run, at one moment.
struct PruneView {
    SessionStatus status; // `starting` is set while H is prepared and step 0 is made
    std::optional<Error> error; // why it failed
    double fraction = 0; // of the work done, approximately
    double seconds = 0; // spent in all steps
    HistoryInfo history;
    std::shared_ptr<const std::vector<PruneFigures>> figures; // of all steps done, in order, from step 0 on
    std::shared_ptr<const PruneSnapshot> live; // null before step 0
    std::shared_ptr<const PruneSnapshot> past; // the answer to the last show()
    std::optional<HistoryError> pastError; // why the last show() has no answer
};

struct PruneSessionOptions {
    std::int64_t historyBytes = std::int64_t(512) << 20; // limit for key frames; the one of step 0 always stays
    /// A snapshot of a step costs a copy of the layer and a product with H. At full speed, snapshots are taken as long as
    /// they take at most this share of the steps' time; the last step always gets one. 1 or more: every step.
    double lookingShare = 0.5;
    std::chrono::duration<double> cheapLook{0.025}; // if the last snapshot took less, the next step gets one as well
};

} // namespace nms
