// SPDX-License-Identifier: Apache-2.0
// What the pruning of a layer is told and what it tells.
#pragma once

#include "core/prune/error_map.h"
#include "core/prune/layer_run.h"
#include "core/session/session_types.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// What is pruned, by what.
struct PruneProblem {
    std::shared_ptr<const Matrix<float>> weights; // out × in, finite
    std::shared_ptr<const Gram> gram; // null: magnitude alone, and no error is known
    PruneOptions options;
    std::shared_ptr<SolverBackend> backend; // chooses entries
    std::shared_ptr<LinearAlgebra> algebra;
    bool showsInByOut = false; // snapshots hold everything the other way round, as a file with inputs as rows has it
};

/// What is known of one step.
struct PruneFigures {
    PruneStep step; // iteration 0: before the first
    double error = PruneStep::none; // ‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖²; NaN where it was not looked at
    double keptMagnitude = PruneStep::none; // Σ|W| of the entries kept, over all; likewise
};

/// The layer after one step; immutable.
struct PruneSnapshot {
    PruneFigures figures;
    PrunedLayer layer;
    std::shared_ptr<const ErrorMap> error; // null without activations
    int step() const { return figures.step.iteration; }
};

/// All of a run that can be seen, at one moment.
struct PruneView {
    SessionStatus status; // `starting` while H is being prepared and step 0 made
    std::optional<Error> error; // why it failed
    double fraction = 0; // of the work, about
    double seconds = 0; // of all steps
    HistoryInfo history;
    std::shared_ptr<const std::vector<PruneFigures>> figures; // of all steps done, in order, from step 0 on
    std::shared_ptr<const PruneSnapshot> live; // null before step 0
    std::shared_ptr<const PruneSnapshot> past; // the answer to the last show()
    std::optional<HistoryError> pastError; // why there was none
};

struct PruneSessionOptions {
    std::int64_t historyBytes = std::int64_t(512) << 20; // of key frames; that of step 0 always stays
    /// Looking at a step takes a copy of the layer and a product with H. Steps in a hurry are looked at as long as that
    /// takes this share of their time; the last one always is. 1 and more: every one.
    double lookingShare = 0.5;
    std::chrono::duration<double> cheapLook{0.025}; // where the last look took less, the next step is looked at, too
};

} // namespace nms
