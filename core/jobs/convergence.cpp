// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/convergence.h"

namespace nms::jobs {

void Convergence::add(const SolutionTotals &totals, const std::string &path)
{
    tiles += totals.tiles;
    notConverged += totals.notConverged;
    if (totals.worstResidual > worstResidual) {
        worstResidual = totals.worstResidual;
        worstPath = path;
    }
}

} // namespace nms::jobs
