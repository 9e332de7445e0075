// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/small/exact_sweeps.h"

#include "core/solver/tile/exact_tile.h"

#include <algorithm>
#include <bit>

namespace nms {

static_assert(SweptGroup::tiles == GroupSolver::groupTiles && SweptGroup::maxM == GroupSolver::maxM);

ExactSweeps::ExactSweeps(NmPattern pattern, SimdLevel level)
    : GroupSolver(pattern), m_sweep(sweepKernels(level, pattern.n, pattern.m)), m_search(exactKernels(level, maxM))
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    for (int line = 0; line < maxM; ++line) {
        const std::int32_t beyond = line < pattern.m ? 0 : ExactWork::padding;
        std::fill_n(m_work.scores + line * maxM, maxM, beyond);
        std::fill_n(m_work.transposed + line * maxM, maxM, beyond);
        m_work.alpha[line] = m_work.beta[line] = 0;
    }
}

/// From where the sweeps have left a tile. False where the end is no proof.
bool ExactSweeps::search(int tile)
{
    const int m = m_pattern.m;
    for (int i = 0; i < m; ++i) {
        m_work.alpha[i] = m_group.alpha[i][tile];
        m_work.beta[i] = m_group.beta[i][tile];
        for (int j = 0; j < m; ++j)
            m_work.scores[i * maxM + j] = m_work.transposed[j * maxM + i] = m_group.quantised[i][j][tile];
    }
    m_search.keep(m_work);
    m_search.keepTies(m_work);
    std::int32_t iterations = ExactTile::sweeps;
    for (; m_work.rowsBelow | m_work.rowsAbove | m_work.columnsBelow | m_work.columnsAbove; ++iterations)
        m_search.augment(m_work);
    const bool proven = m_search.conclude(m_work);
    m_group.iterations[tile] = iterations;
    m_group.rows[0][tile] = m_group.rows[1][tile] = 0;
    for (int i = 0; i < m; ++i)
        m_group.rows[i / 4][tile] |= std::uint32_t(m_work.rows[i]) << (i % 4 * 8);
    return proven;
}

/// Of all scores: a bound for any mask.
double ExactSweeps::total(int tile) const
{
    double sum = 0;
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            sum += double(std::bit_cast<float>(m_group.scores[i][j][tile]));
    return sum;
}

bool ExactSweeps::solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows)
{
    if (!m_sweep.sweep(cells, stride, ExactTile::sweeps, m_group))
        return false;
    std::uint32_t unproven = 0;
    for (int tile = 0; tile < tiles; ++tile)
        if (m_group.iterations[tile] == 0 && !search(tile))
            unproven |= std::uint32_t(1) << tile;
    alignas(64) double objective[groupTiles];
    m_sweep.sumKept(m_group, objective);
    for (int tile = 0; tile < tiles; ++tile) {
        const bool proven = !(unproven >> tile & 1);
        const double bound = proven ? objective[tile] : total(tile);
        results[tile] = {objective[tile], bound, 0, m_group.iterations[tile], proven};
    }
    std::copy_n(&m_group.rows[0][0], 2 * groupTiles, &rows[0][0]);
    return true;
}

} // namespace nms
