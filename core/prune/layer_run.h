// SPDX-License-Identifier: Apache-2.0
// Pruning one layer, step by step: what a batch runs to the end, and what can be watched, paused and rewound.
#pragma once

#include "core/prune/gram.h"
#include "core/prune/kept_entries.h"
#include "core/prune/prune_options.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <stop_token>
#include <vector>

namespace nms {

/// A layer y = W x: W out × in, and H of its inputs. Both outlive the run.
struct LayerProblem {
    Span2d<const float> weights;
    const Gram *gram = nullptr; // null for magnitude alone
};

struct PruneParts {
    SolverBackend &backend; // chooses entries
    LinearAlgebra &algebra;
};

/// One step: a group of columns of SparseGPT, an iteration of ADMM, all of the others. NaN where it has no meaning.
struct PruneStep {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    int iteration = 0; // counted from 1
    double primal = none; // ‖B − D‖/‖D‖ of ALPS: how far the dense iterate is from the sparse one
    double dual = none; // ρ‖D − D_before‖/‖V‖, V the multipliers
    double penalty = none; // ρ
    double supportChange = none; // entries that came or went since the last check, over those kept
    double lost = none; // SparseGPT's own estimate of ‖X(W − Ŵ)ᵀ‖² so far: Σ(w − ŵ)²/U_jj²
};

/// A layer as it stands: weights that a mask drops are 0.
struct PrunedLayer {
    Matrix<float> weights;
    Mask mask;
    SolutionTotals totals; // of the tiles of the last choice
    double scores = 0; // ΣA of it, of which totals.objective was kept
    int iterations = 0; // steps
    int refinements = 0; // steps of conjugate gradients, at most, of one output
    double seconds = 0; // all steps
    double tileSeconds = 0; // of them choosing entries
    std::int64_t tileSolves = 0; // so many times one tile was solved
    std::vector<int> blockKeeps = {}; // N of each block of M rows where it varies (row_blocks.h)
};

/// State enough to repeat all later steps bit for bit.
struct LayerKeyFrame {
    int iteration = 0;
    std::vector<std::byte> data;
    std::int64_t bytes() const { return std::int64_t(data.size()); }
};

/// One thread at a time.
class LayerRun
{
public:
    virtual ~LayerRun() = default;

    virtual int iteration() const = 0; // steps done
    virtual int plannedIterations() const = 0; // −1 while that is unknown
    virtual bool finished() const = 0;
    /// About how much of the work is done, 0 to 1.
    virtual double fraction() const = 0;

    /// Does up to `steps` more, fewer when it finishes or `stop` is requested, and appends one PruneStep for each done. A
    /// step that a stop interrupted is gone on with by the next call.
    virtual Status advance(int steps, const std::stop_token &stop, std::vector<PruneStep> &done) = 0;

    /// The layer as it stands between two steps; what finished() leaves is the result. A copy.
    virtual PrunedLayer layer() const = 0;

    virtual LayerKeyFrame save() const = 0;
    virtual Status restore(const LayerKeyFrame &frame) = 0; // of the same run
};

} // namespace nms
