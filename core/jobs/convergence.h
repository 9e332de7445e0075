// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solution.h"

#include <cstdint>
#include <string>

namespace nms::jobs {

/// How many tiles of one or more masks did not converge (exact: are not proven), and which tensor has the worst residual.
struct Convergence {
    std::int64_t tiles = 0;
    std::int64_t notConverged = 0;
    double worstResidual = -1; // relative; −1 before the first mask
    std::string worstPath; // of the tensor that has it

    void add(const SolutionTotals &totals, const std::string &path);
};

} // namespace nms::jobs
