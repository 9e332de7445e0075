// SPDX-License-Identifier: Apache-2.0
// Pruning one layer step by step: a batch runs it to the end; the window can watch, pause and rewind it.
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

/// A layer y = W x: W is out × in, H is that of its inputs. Both must outlive the run.
struct LayerProblem {
    Span2d<const float> weights;
    const Gram *gram = nullptr; // null is allowed for magnitude only
};

struct PruneParts {
    SolverBackend &backend; // chooses entries
    LinearAlgebra &algebra;
};

/// One step: a group of columns of SparseGPT, an iteration of ADMM; the other frameworks take a single step. NaN where a
/// value has no meaning.
struct PruneStep {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    int iteration = 0; // counted from 1
    double primal = none; // ‖B − D‖/‖D‖ of ALPS: how far the dense iterate is from the sparse one
    double dual = none; // ρ‖D − D_before‖/‖V‖, V the multipliers
    double penalty = none; // ρ
    double supportChange = none; // entries that entered or left the support since the last check, divided by those kept
    double lost = none; // SparseGPT's own estimate of ‖X(W − Ŵ)ᵀ‖² so far: Σ(w − ŵ)²/U_jj²
};

/// State of a layer: weights that the mask drops are 0.
struct PrunedLayer {
    Matrix<float> weights;
    Mask mask;
    SolutionTotals totals; // of the tiles at the last choice of a mask
    double scores = 0; // ΣA at that choice; totals.objective is the part of it that was kept
    int iterations = 0; // steps
    int refinements = 0; // steps of conjugate gradients of one output: the maximum
    double seconds = 0; // all steps
    double tileSeconds = 0; // spent choosing entries, included in `seconds`
    std::int64_t tileSolves = 0; // number of tile solves
    std::vector<int> blockKeeps = {}; // N of each block of M rows where it varies (row_blocks.h)
};

/// Enough state to repeat all later steps bit for bit.
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
    /// Approximate fraction of the work done, 0 to 1.
    virtual double fraction() const = 0;

    /// Does up to `steps` more steps, fewer if it finishes or `stop` is requested, and appends one PruneStep for each step
    /// done. The next call continues a step that a stop interrupted.
    virtual Status advance(int steps, const std::stop_token &stop, std::vector<PruneStep> &done) = 0;

    /// A copy of the layer between two steps; once finished() is true, this is the result.
    virtual PrunedLayer layer() const = 0;

    /// As layer(), for a finished run that is not used afterwards: avoids the copy if possible.
    virtual PrunedLayer takeLayer() { return layer(); }

    virtual LayerKeyFrame save() const = 0;
    virtual Status restore(const LayerKeyFrame &frame) = 0; // a frame of the same run
};

} // namespace nms
