// SPDX-License-Identifier: Apache-2.0
#include "core/methods/entropic/entropic_tile.h"

#include <algorithm>
#include <cstring>

namespace nms {

EntropicTile::EntropicTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level)
    : m_pattern(pattern), m_tau(tau), m_residualLimit(residualLimit), m_tolerance(tolerance), m_level(level),
      m_kernels(entropicKernels(level, strideFor(pattern.m))), m_bound(level), m_rounding(level)
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    for (int k = 0; k < EntropicWork::maxM; ++k)
        m_work.rowRest[k] = m_work.columnRest[k] = k < pattern.m ? 0 : pattern.n;
}

void EntropicTile::take(const TileScores &scores)
{
    m_source = &scores;
    m_iterations = 0;
    m_done = m_wasUncapped = false;
    m_work.realCols = scores.realCols();
    std::fill_n(m_work.realRow, EntropicWork::maxM, 0.0);
    std::fill_n(m_work.realRow, scores.realRows(), 1.0);
    m_work.scoreToExponent = scores.maximum() > 0 ? m_tau / double(scores.maximum()) : 0;
    std::fill_n(m_work.u, EntropicWork::maxM, 0.0);
    std::fill_n(m_work.v, EntropicWork::maxM, 0.0);
    for (double *factors : {m_work.w, m_work.q, m_work.wBefore, m_work.qBefore})
        std::fill_n(factors, EntropicWork::maxM, 1.0);
}

void EntropicTile::startFrom(const TileScores &scores, const double *alpha, const double *beta)
{
    take(scores);
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k) {
        m_work.u[k] = -alpha[k] * m_work.scoreToExponent;
        m_work.v[k] = -beta[k] * m_work.scoreToExponent;
    }
    buildKernel();
}

void EntropicTile::buildKernel()
{
    m_kernels.takeScores(m_work, m_source->row(0));
    m_kernels.buildKernel(m_work);
}

double EntropicTile::residual()
{
    PlanFigures now;
    m_kernels.residuals(m_work, now.rowResidual, now.columnResidual);
    return now.residual();
}

PlanFigures EntropicTile::figures()
{
    PlanFigures figures = m_kernels.figures(m_work, m_wasUncapped);
    figures.open = figures.residual() > m_residualLimit;
    figures.done = m_done;
    return figures;
}

void EntropicTile::plan(TileArray<double> &out)
{
    m_kernels.plan(m_work, out.values.data());
}

void EntropicTile::thresholds(double *alpha, double *beta) const
{
    alignas(64) Line rows, columns;
    m_kernels.potentials(m_work, rows.data(), columns.data());
    const double scale = m_work.scoreToExponent > 0 ? 1 / m_work.scoreToExponent : 0;
    for (std::size_t k = 0; k < std::size_t(m_work.m); ++k) {
        alpha[k] = -rows[k] * scale;
        beta[k] = -columns[k] * scale;
    }
}

template <class Key> TileResult EntropicTile::roundBy(const Key *key, double *alpha, double *beta, TileMask &out)
{
    if (m_source->maximum() > 0) {
        out = m_rounding.greedy(key, m_source->stride(), m_pattern);
        if (m_paperSwaps)
            Rounding::swapWhileGaining(*m_source, m_pattern.n, out, *m_paperSwaps, m_level);
        else
            Rounding::swapUntilFull(*m_source, m_pattern.n, out, Rounding::Choice::Best, m_level);
    } else {
        out = TileMask::band(m_pattern);
    }
    TileResult result = m_bound.judge(*m_source, m_pattern.n, out, alpha, beta, boundSweeps);
    const double left = residual();
    result.residual = float(left);
    result.iterations = std::int32_t(m_iterations);
    result.converged = left <= m_residualLimit;
    return result;
}

template TileResult EntropicTile::roundBy(const float *, double *, double *, TileMask &);
template TileResult EntropicTile::roundBy(const double *, double *, double *, TileMask &);

std::size_t EntropicTile::stateBytes() const
{
    return 8 + std::size_t(m_pattern.m) * 32;
}

void EntropicTile::suspend(std::byte *state) const
{
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(state, &m_iterations, 8);
    state += 8;
    for (const double *values : {m_work.u, m_work.v, m_work.w, m_work.q}) {
        std::memcpy(state, values, line);
        state += line;
    }
}

void EntropicTile::resume(const TileScores &scores, const std::byte *state)
{
    take(scores);
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(&m_iterations, state, 8);
    state += 8;
    for (double *values : {m_work.u, m_work.v, m_work.w, m_work.q}) {
        std::memcpy(values, state, line);
        state += line;
    }
    buildKernel();
    m_done = m_iterations > 0 && withinTolerance();
}

} // namespace nms
