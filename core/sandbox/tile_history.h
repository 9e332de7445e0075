// SPDX-License-Identifier: Apache-2.0
// How a tile is to be solved, and everything that happened on the way.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace nms {

struct SandboxOptions {
    std::string method = "dykstra"; // sandboxMethodByName()
    double tau = 20; // sharpness of the entropic methods; scores are first divided by the largest |score|
    int iterations = 100; // of the entropic methods: as many
    /// Of the entropic methods for any tile: an iterate after each projection, not only after each iteration.
    bool eachProjection = false;

    /// Usage error unless the method is known, τ is in (0, 10⁶] and the iterations are in [1, 10⁵].
    Status validate() const;
    bool operator==(const SandboxOptions &) const = default;
};

/// The state after one step. Potentials and cap duals are in the units of the scores: an entry lies at its cap where
/// A > α + β, at 0 where A < α + β (in the limit of large τ).
struct TileIterate {
    enum class Step {
        Start, // of entropic methods: exp(τA / max |A|), divided by its largest entry
        Rows, // rows have been scaled
        Columns,
        Caps, // cut at the caps: the end of an iteration
        Iteration, // a whole iteration
        Augmentation, // exact: along one path
        Entry, // greedy: one entry was filled
        Decision, // of a mask that is chosen entry by entry: taken, swapped, exchanged
        Mask, // the plan has been rounded
    };

    int iteration = 0; // counted from 1; augmentations, entries and decisions are counted in the same way
    Step step = Step::Start;
    Matrix<double> plan; // rows × cols
    std::vector<double> alpha; // one for each row; empty where the method has no potentials
    std::vector<double> beta;
    Matrix<double> capDual; // ≥ 0: what the cap of the entry is worth; empty where the method has none

    double rowResidual = 0; // largest |Σ_j S_ij − r_i| / r_i (a row of sum 0: by the mean sum)
    double columnResidual = 0;
    double capExcess = 0; // largest S_ij − cap
    double objective = 0; // Σ A·S
    std::optional<double> upperBound; // no plan that satisfies all constraints exceeds it: by the potentials

    double residual() const { return rowResidual > columnResidual ? rowResidual : columnResidual; }
};

struct TileHistory {
    SandboxOptions options;
    std::vector<TileIterate> iterates; // the start first, the result last; not empty
    int every = 1; // greater than 1: only each so-manieth was kept, and the last

    // The optimum, for comparison
    double optimum = 0; // Σ A·S of it
    Matrix<double> optimalPlan;
    std::vector<double> optimalAlpha; // potentials that prove it
    std::vector<double> optimalBeta;

    /// (optimum − objective) / |optimum|, by |optimum| or 1e-300; negative where constraints are not met.
    double gap(const TileIterate &iterate) const;
};

} // namespace nms
