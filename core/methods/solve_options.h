// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/methods/method.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <optional>

namespace nms {

struct SolveOptions {
    NmPattern pattern;
    Method method = provingMethod();
    double tau = 100; // dimensionless: scores are first divided by the maximum of their tile
    int iterations = 300; // of dykstra, capped and reference: the maximum
    double tolerance = 0; // the same methods stop a tile after the first iteration whose residual does not exceed it; 0:
                          // only the number of iterations counts, but capped stops at residualWarning
    /// Each tile starts from the final potentials or mask of this method (run with the same τ and seed, otherwise with its
    /// defaults); see warmStartsOf(). Not set: the method's own start.
    std::optional<Method> warmStart;
    /// For entropic methods: rounds a plan as TSENOR published it, with at most this many swaps per tile after greedy
    /// selection, each only where it gains; rows and columns may stay short of n. Not set: swaps until every row and column
    /// of a full tile keeps n.
    std::optional<int> paperSwaps;
    int threads = 0; // of the CPU; 0: all cores
    std::uint64_t seed = 1; // of max1000
    double residualWarning = 0.01; // a relative residual above this means "not converged", whatever the tolerance

    /// The residual up to which a tile counts as converged: residualWarning, or a stricter tolerance.
    double residualLimit() const { return tolerance > 0 && tolerance < residualWarning ? tolerance : residualWarning; }

    /// What each mask keeps, with these options.
    MaskPromise promise() const
    {
        MaskPromise kept = promiseOf(method, pattern);
        kept.exactly = kept.exactly && !paperSwaps;
        return kept;
    }

    /// Usage error unless 1 ≤ n ≤ m ≤ 64, tau is finite and > 0, iterations are in [1, 10⁶], tolerance is in [0, 1),
    /// threads ≥ 0, swaps are ≥ 0 and set for an entropic method only, and the warm start is one of the method's.
    Status validate() const;

    bool operator==(const SolveOptions &) const = default;
};

} // namespace nms
