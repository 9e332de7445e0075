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
    double tau = 100; // dimensionless: scores are divided by their tile's maximum first
    int iterations = 300; // of dykstra, capped and reference: at most
    double tolerance = 0; // these stop a tile after the first iteration whose residual is no larger; 0: by count alone, but
                          // for capped, which then stops at residualWarning
    /// Each tile begins with the potentials or the mask that this method ends with (at the same τ and seed, else by its
    /// defaults); see warmStartsOf(). Nothing: from the method's own beginning.
    std::optional<Method> warmStart;
    /// Rounds a plan as TSENOR published it: after greedy selection at most so many swaps a tile, each only where it gains;
    /// rows and columns may stay short of n. Nothing: swaps until every line of a full tile keeps n. Of entropic methods.
    std::optional<int> paperSwaps;
    int threads = 0; // of the CPU; 0 = all cores
    std::uint64_t seed = 1; // of max1000
    double residualWarning = 0.01; // a relative residual above this means "not converged", whatever the tolerance

    /// The residual up to which a tile counts as converged: residualWarning, or a tolerance that asks for more.
    double residualLimit() const { return tolerance > 0 && tolerance < residualWarning ? tolerance : residualWarning; }

    /// What each mask keeps.
    MaskPromise promise() const
    {
        MaskPromise kept = promiseOf(method, pattern);
        kept.exactly = kept.exactly && !paperSwaps;
        return kept;
    }

    /// Usage error unless 1 ≤ n ≤ m ≤ 64, tau finite and > 0, iterations in [1, 10⁶], tolerance in [0, 1), threads ≥ 0,
    /// swaps ≥ 0 of an entropic method and the warm start is one of the method's.
    Status validate() const;

    bool operator==(const SolveOptions &) const = default;
};

} // namespace nms
