// SPDX-License-Identifier: Apache-2.0
// `exact` for M ≤ 4.
#pragma once

#include "core/solver/tile/exact/small/group_solver.h"
#include "core/solver/tile/exact/small/table_kernels.h"

namespace nms {

/// Looks the optimum up in the table of all feasible masks: the mask and the figures that ExactTile ends with, but
/// iterations = 0, for there are none.
class ExactTable : public GroupSolver
{
public:
    static constexpr int maxM = TableGroup::maxM;

    explicit ExactTable(NmPattern pattern, SimdLevel level)
        : GroupSolver(pattern), m_kernel(tableKernel(level, pattern.n, pattern.m))
    { }

protected:
    bool solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows) override;

private:
    TableKernel m_kernel;
};

} // namespace nms
