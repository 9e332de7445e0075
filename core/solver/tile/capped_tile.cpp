// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/capped_tile.h"

#include <algorithm>

namespace nms {

namespace {

constexpr int startSweeps = 4;
constexpr int relaxedIterations = 64;
constexpr double relaxation = 0.45; // of the way beyond
constexpr int sharpIterations = 3;

} // namespace

CappedTile::CappedTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level)
    : EntropicTile(pattern, tau, residualLimit, tolerance > 0 ? tolerance : residualLimit, level)
{ }

void CappedTile::buildKernel()
{
    m_kernels.buildKernel(m_work);
    m_kernels.turnKernel(m_work);
}

void CappedTile::start(const TileScores &scores)
{
    Line alpha = {}, beta = {};
    m_bound.bound(scores, m_pattern.n, alpha.data(), beta.data(), startSweeps);
    startFrom(scores, alpha.data(), beta.data());
}

void CappedTile::advance(int iterations)
{
    while (iterations > 0 && !m_done) {
        const bool exact = m_iterations >= relaxedIterations;
        int count = iterations;
        if (!exact)
            count = m_iterations == 0 ? 1 : std::min(count, int(relaxedIterations - m_iterations));
        const double beyond = m_iterations > 0 && !exact ? relaxation : 0;
        const int done = m_kernels.fill(m_work, count, exact, beyond, count > 1 ? m_tolerance : never);
        m_iterations += done;
        iterations -= done;
        m_done = withinTolerance();
    }
}

PlanFigures CappedTile::figures()
{
    PlanFigures figures = EntropicTile::figures();
    figures.capacityResidual = 0; // a projection keeps the cap
    return figures;
}

TileResult CappedTile::round(TileMask &out)
{
    m_kernels.sharpen(m_work, m_sharp);
    m_kernels.fill(m_sharp, sharpIterations, false, 0, never);
    m_kernels.logPlan(m_sharp, m_key.values.data());
    Line alpha, beta;
    thresholdsOf(m_kernels, m_sharp, alpha.data(), beta.data());
    return roundBy(m_key.values.data(), alpha.data(), beta.data(), out);
}

} // namespace nms
