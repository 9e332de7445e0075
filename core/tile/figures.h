// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms {

/// The result of a method on one tile. In the units of the scores.
struct TileResult {
    double objective = 0; // ⟨S, A⟩ of the mask, summed in double from the float scores
    double upperBound = 0; // certified: no feasible mask of this tile exceeds it (exact: equal to objective once proven
                           // in 24-bit integers, see README.md)
    float residual = 0; // relative row/column violation of the plan before rounding, max over rows and columns; 0 for
                        // methods without a plan
    std::int32_t iterations = 0; // on this tile (exact: sweeps + searches; 0 for M ≤ 4 in a batch, where all masks are
                                 // tried; greedy+swap from another method's mask: exchanges)
    bool converged = true; // residual ≤ SolveOptions::residualLimit(); exact: proven; methods without a plan: always true

    double gap() const { return upperBound > 0 ? (upperBound - objective) / upperBound : 0; } // relative, ≥ 0
};

/// Figures of a tile's plan, over all M×M entries (including padding, except for `fractional`). Trivially copyable: part of
/// key frames.
struct PlanFigures {
    double rowResidual = 0; // max |Σ_j S_ij − n| / n
    double columnResidual = 0;
    double capacityResidual = 0; // max (S_ij − 1)⁺ just before capping at 1
    double objective = 0; // ⟨S, A⟩, score units
    double upperBound = 0; // at the current potentials
    double entropy = 0; // Σ −S ln S
    std::int32_t fractional = 0; // real entries with 0.01 < S < 0.99
    bool open = true; // not converged (exact: not proven) yet
    bool done = false; // further iterations change nothing

    double residual() const { return rowResidual > columnResidual ? rowResidual : columnResidual; }
};

} // namespace nms
