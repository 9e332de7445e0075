// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms {

/// A tile's plan in numbers, over all M×M entries (padding takes part). Trivially copyable: part of key frames.
struct PlanFigures {
    double rowResidual = 0; // max |Σ_j S_ij − n| / n
    double columnResidual = 0;
    double capacityResidual = 0; // max (S_ij − 1)⁺ just before the cap
    double objective = 0; // ⟨S, A⟩, score units
    double upperBound = 0; // from the current potentials
    double entropy = 0; // Σ −S ln S
    std::int32_t fractional = 0; // entries with 0.01 < S < 0.99
    bool open = true; // not converged (exact: not proven) yet
    bool done = false; // further iterations change nothing

    double residual() const { return rowResidual > columnResidual ? rowResidual : columnResidual; }
};

} // namespace nms
