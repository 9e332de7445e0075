// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/dykstra_tile.h"

#include <algorithm>
#include <cstring>

namespace nms {

namespace {

constexpr double largestGrowth = 1e100; // of q/w since the last rebase
constexpr double largestShrink = 1e-40;
constexpr int iterationsBetweenLooks = 16;
constexpr int boundSweeps = 2;
constexpr double never = -1; // no residual is as small

} // namespace

DykstraTile::DykstraTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level)
    : m_pattern(pattern), m_tau(tau), m_residualLimit(residualLimit), m_tolerance(tolerance > 0 ? tolerance : never),
      m_kernels(entropicKernels(level, strideFor(pattern.m)))
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    for (int k = 0; k < EntropicWork::maxM; ++k)
        m_work.rowRest[k] = m_work.columnRest[k] = k < pattern.m ? 0 : pattern.n;
}

void DykstraTile::take(const TileScores &scores)
{
    m_source = &scores;
    m_work.scoreToExponent = scores.maximum() > 0 ? m_tau / double(scores.maximum()) : 0;
    m_kernels.takeScores(m_work, scores.row(0));
    std::fill_n(m_work.u, EntropicWork::maxM, 0.0);
    std::fill_n(m_work.v, EntropicWork::maxM, 0.0);
    std::fill_n(m_work.w, EntropicWork::maxM, 1.0);
    std::fill_n(m_work.q, EntropicWork::maxM, 1.0);
    std::fill_n(m_work.wBefore, EntropicWork::maxM, 1.0);
    std::fill_n(m_work.qBefore, EntropicWork::maxM, 1.0);
}

void DykstraTile::start(const TileScores &scores)
{
    take(scores);
    m_iterations = 0;
    m_done = false;
    m_kernels.buildKernel(m_work);
}

bool DykstraTile::factorsInRange() const
{
    const auto [wLeast, wMost] = std::minmax_element(m_work.w, m_work.w + m_pattern.m);
    const auto [qLeast, qMost] = std::minmax_element(m_work.q, m_work.q + m_pattern.m);
    // With the 1 that they start from, so that neither wanders off alone.
    return std::max(*qMost, 1.0) / std::min(*wLeast, 1.0) <= largestGrowth &&
        std::min(*qLeast, 1.0) / std::max(*wMost, 1.0) >= largestShrink;
}

void DykstraTile::iterate()
{
    advance(1);
}

void DykstraTile::advance(int iterations)
{
    while (iterations > 0 && !m_done) {
        int done = 1;
        if (m_iterations == 0) {
            m_kernels.firstScaling(m_work);
            m_kernels.buildKernel(m_work);
        } else {
            const int sinceLook = int(m_iterations % iterationsBetweenLooks);
            if (sinceLook == 0 && !factorsInRange())
                m_kernels.rebase(m_work);
            const int count = std::min(iterations, iterationsBetweenLooks - sinceLook);
            done = m_kernels.scale(m_work, count, count > 1 ? m_tolerance : never);
        }
        m_iterations += done;
        iterations -= done;
        m_done = m_tolerance >= 0 && residual() <= m_tolerance;
    }
}

double DykstraTile::residual()
{
    PlanFigures now;
    m_kernels.residuals(m_work, now.rowResidual, now.columnResidual);
    return now.residual();
}

void DykstraTile::plan(TileArray<double> &out)
{
    m_kernels.plan(m_work, out.values.data());
}

PlanFigures DykstraTile::figures()
{
    PlanFigures figures = m_kernels.figures(m_work, m_iterations == 1);
    if (m_iterations == 0)
        figures.capacityResidual = 0; // nothing has been capped yet
    figures.open = figures.residual() > m_residualLimit;
    figures.done = m_done;
    return figures;
}

void DykstraTile::thresholds(double *alpha, double *beta) const
{
    alignas(64) Line rows, columns;
    m_kernels.potentials(m_work, rows.data(), columns.data());
    const double scale = m_work.scoreToExponent > 0 ? 1 / m_work.scoreToExponent : 0;
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k) {
        alpha[k] = -rows[k] * scale;
        beta[k] = -columns[k] * scale;
    }
}

TileResult DykstraTile::round(TileMask &out)
{
    const int n = m_pattern.n;
    if (m_source->maximum() > 0) {
        plan(m_scratch);
        out = m_rounding.greedy(m_scratch.values.data(), m_source->stride(), m_pattern);
        Rounding::swapUntilFull(*m_source, n, out);
    } else {
        out = TileMask::band(m_pattern);
    }
    Line alpha, beta;
    thresholds(alpha.data(), beta.data());
    TileResult result = m_bound.judge(*m_source, n, out, alpha.data(), beta.data(), boundSweeps);
    const double left = residual();
    result.residual = float(left);
    result.iterations = std::int32_t(m_iterations);
    result.converged = left <= m_residualLimit;
    return result;
}

std::size_t DykstraTile::stateBytes() const
{
    return 8 + std::size_t(m_pattern.m) * 32;
}

void DykstraTile::suspend(std::byte *state) const
{
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(state, &m_iterations, 8);
    state += 8;
    for (const double *values : {m_work.u, m_work.v, m_work.w, m_work.q}) {
        std::memcpy(state, values, line);
        state += line;
    }
}

void DykstraTile::resume(const TileScores &scores, const std::byte *state)
{
    take(scores);
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(&m_iterations, state, 8);
    state += 8;
    for (double *values : {m_work.u, m_work.v, m_work.w, m_work.q}) {
        std::memcpy(values, state, line);
        state += line;
    }
    m_kernels.buildKernel(m_work);
    m_done = m_tolerance >= 0 && m_iterations > 0 && residual() <= m_tolerance;
}

} // namespace nms
