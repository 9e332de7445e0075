// SPDX-License-Identifier: Apache-2.0
// `exact` for M ≤ 4, on whole runs of tiles.
#pragma once

#include "core/solver/tile/exact/small/table_kernels.h"
#include "core/solver/tile/tile_solver.h"

namespace nms {

/// Looks the optimum up in the table of all feasible masks: the mask and the figures that ExactTile ends with, but
/// iterations = 0, for there are none.
class ExactTable : public RunSolver
{
public:
    static constexpr int maxM = TableGroup::maxM;

    explicit ExactTable(NmPattern pattern, SimdLevel level = simdLevel());

    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, Mask &mask, TileResult *results) override;

private:
    TableKernel m_kernel;
};

} // namespace nms
