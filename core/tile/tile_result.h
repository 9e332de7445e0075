// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms {

/// What a method reached on one tile. Scores keep their own units.
struct TileResult {
    double objective = 0; // ⟨S, A⟩ of the mask, summed in double from the float scores
    double upperBound = 0; // certified: no feasible mask of this tile reaches more (exact: equal to objective once proven
                           // in 24-bit integers, see ../README.md)
    float residual = 0; // relative row/column violation of the plan before rounding, max over rows and columns; 0 for
                        // methods without a plan
    std::int32_t iterations = 0; // done on this tile (exact: sweeps + searches; 0 where batch looks the optimum up in a
                                 // table, M ≤ 4; greedy+swap from another method's mask: exchanges)
    bool converged = true; // residual ≤ SolveOptions::residualLimit(); exact: proven; without a plan: always

    double gap() const { return upperBound > 0 ? (upperBound - objective) / upperBound : 0; } // relative, ≥ 0
};

} // namespace nms
