// SPDX-License-Identifier: Apache-2.0
// `exact` for 4 < M ≤ 8.
#pragma once

#include "core/solver/tile/exact/exact_kernels.h"
#include "core/solver/tile/exact/small/group_solver.h"
#include "core/solver/tile/exact/small/sweep_kernels.h"

namespace nms {

/// Sweeps tiles side by side. Those that sweeps do not bring to the end, less than one in three of weights, are searched one
/// by one. All end as ExactTile does, iterations included.
class ExactSweeps : public GroupSolver
{
public:
    explicit ExactSweeps(NmPattern pattern, SimdLevel level);

protected:
    bool solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows) override;

private:
    bool search(int tile);
    double total(int tile) const;

    const SweepKernels &m_sweep;
    const ExactKernels &m_search;
    SweptGroup m_group;
    ExactWork m_work;
};

} // namespace nms
