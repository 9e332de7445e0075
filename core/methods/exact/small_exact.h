// SPDX-License-Identifier: Apache-2.0
// `exact` for M ≤ 8: runs of small tiles, sixteen at a time, one tile in each lane.
#pragma once

#include "core/methods/tile_solver.h"
#include "core/tile/exact/exact_kernels.h"
#include "core/tile/small/small_kernels.h"

#include <array>

namespace nms {

class GroupSolver : public RunSolver
{
public:
    static constexpr int groupTiles = 16;
    static constexpr int maxM = 8;

    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

protected:
    /// Byte i % 4 of rows[i / 4][t] is row i of the mask of tile t, bit j for column j. Aligned to 64 bytes.
    using GroupRows = std::uint32_t[maxM / 4][groupTiles];

    explicit GroupSolver(NmPattern pattern);

    /// Solves the m × m tiles t < `tiles`; entry (i, j) is cells[i·stride + t·strideFor(m) + j]. Memory for a whole group
    /// of sixteen padded tiles must be readable. Entries outside the matrix are 0. False where a score may be negative or
    /// not finite (−0 also counts as negative).
    virtual bool solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows) = 0;

    const NmPattern m_pattern;

private:
    const float *padded(Span2d<const float> cells);

    const int m_width; // of a tile in the kernels' input
    alignas(64) std::array<float, std::size_t(maxM *maxM *groupTiles)> m_padded;
};

/// M ≤ 4: finds the optimum in the table of all feasible masks: with the mask and the figures that ExactTile ends with, but
/// iterations = 0, as there are none.
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

/// 4 < M ≤ 8: sweeps tiles side by side. Tiles that the sweeps do not finish, one in fifty for weights, are
/// searched one by one. All end as in ExactTile, including the iterations.
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
