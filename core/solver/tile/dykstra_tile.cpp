// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/dykstra_tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nms {

namespace {

constexpr double largestGrowth = 1e100; // of p·q since the last rebase
constexpr double largestShrink = 1e-40;
constexpr int boundSweeps = 2;

} // namespace

DykstraTile::DykstraTile(NmPattern pattern, double tau, double residualWarning)
    : m_pattern(pattern), m_tau(tau), m_residualWarning(residualWarning), m_shape{pattern.n, pattern.m, 0, 0}
{ }

void DykstraTile::take(const TileScores &scores)
{
    m_source = &scores;
    m_shape.scoreToExponent = scores.maximum() > 0 ? m_tau / double(scores.maximum()) : 0;
    m_shape.stride = scores.stride();
    m_rowFactor.fill(1);
    m_columnFactor.fill(1);
}

void DykstraTile::start(const TileScores &scores)
{
    take(scores);
    m_iterations = 0;
    m_u.fill(0);
    m_v.fill(0);
    m_p.fill(1);
    m_q.fill(1);
    rebuildKernel();
}

void DykstraTile::rebuildKernel()
{
    buildKernel(m_shape, m_source->row(0), m_u.data(), m_v.data(), m_kernel.values.data());
}

void DykstraTile::rebase()
{
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k) {
        m_u[k] += std::log(m_p[k]);
        m_v[k] += std::log(m_q[k]);
        m_p[k] = m_q[k] = 1;
    }
    rebuildKernel();
}

bool DykstraTile::factorsInRange() const
{
    double pLeast = 1, pMost = 1, qLeast = 1, qMost = 1; // 1 is what they start from, and what padding lanes hold
    for (std::size_t k = 0; k < std::size_t(m_shape.stride); ++k) {
        pLeast = m_p[k] < pLeast ? m_p[k] : pLeast;
        pMost = m_p[k] > pMost ? m_p[k] : pMost;
        qLeast = m_q[k] < qLeast ? m_q[k] : qLeast;
        qMost = m_q[k] > qMost ? m_q[k] : qMost;
    }
    return pMost * qMost <= largestGrowth && pLeast * qLeast >= largestShrink;
}

void DykstraTile::iterate()
{
    ++m_iterations;
    if (m_iterations == 1) {
        iterateFirst();
        return;
    }
    if (!factorsInRange())
        rebase();
    scaleByFactors(m_shape, m_kernel.values.data(), m_p.data(), m_q.data(), m_rowFactor.data(), m_columnFactor.data());
}

/// From S = exp(τA), which is not capped, by log-sum-exp.
void DykstraTile::iterateFirst()
{
    const auto [n, m] = m_pattern;
    const double logN = std::log(double(n));
    TileArray<double> &logPlan = m_scratch;
    Line highest, sum;
    for (int i = 0; i < m; ++i) {
        const float *scores = m_source->row(i);
        double *row = logPlan.row(i, m_shape.stride);
        for (int j = 0; j < m; ++j)
            row[j] = scores[j] * m_shape.scoreToExponent;
        const double most = *std::max_element(row, row + m);
        double rowSum = 0;
        for (int j = 0; j < m; ++j)
            rowSum += std::exp(row[j] - most);
        m_u[std::size_t(i)] = logN - most - std::log(rowSum);
        for (int j = 0; j < m; ++j)
            row[j] += m_u[std::size_t(i)];
    }
    std::copy_n(logPlan.row(0, m_shape.stride), m, highest.begin());
    for (int i = 1; i < m; ++i)
        for (int j = 0; j < m; ++j)
            highest[std::size_t(j)] = std::max(highest[std::size_t(j)], logPlan.row(i, m_shape.stride)[j]);
    std::fill_n(sum.begin(), m, 0.0);
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            sum[std::size_t(j)] += std::exp(logPlan.row(i, m_shape.stride)[j] - highest[std::size_t(j)]);
    for (std::size_t j = 0; j < std::size_t(m); ++j)
        m_v[j] = logN - highest[j] - std::log(sum[j]);
    rebuildKernel();
}

void DykstraTile::plan(TileArray<double> &out)
{
    buildPlan(m_shape, m_kernel.values.data(), m_p.data(), m_q.data(), out.values.data());
}

PlanFigures DykstraTile::figures()
{
    Line rowLogs, columnLogs;
    rowLogs.fill(0);
    columnLogs.fill(0);
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k) {
        rowLogs[k] = m_u[k] + std::log(m_p[k]);
        columnLogs[k] = m_v[k] + std::log(m_q[k]);
    }
    PlanFigures figures =
        planFigures(m_shape, m_source->row(0), m_kernel.values.data(), m_p.data(), m_q.data(), rowLogs.data(),
                    columnLogs.data(), m_rowFactor.data(), m_columnFactor.data(), m_iterations == 1);
    if (m_iterations == 0)
        figures.capacityResidual = 0; // nothing has been capped yet
    figures.open = figures.residual() > m_residualWarning;
    return figures;
}

void DykstraTile::thresholds(double *alpha, double *beta) const
{
    const double scale = m_shape.scoreToExponent > 0 ? 1 / m_shape.scoreToExponent : 0;
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k) {
        alpha[k] = -(m_u[k] + std::log(m_p[k])) * scale;
        beta[k] = -(m_v[k] + std::log(m_q[k])) * scale;
    }
}

TileResult DykstraTile::round(TileMask &out)
{
    const int n = m_pattern.n;
    const PlanFigures now = figures();
    if (m_source->maximum() > 0) {
        plan(m_scratch);
        out = m_rounding.greedy(m_scratch.values.data(), m_shape.stride, m_pattern);
        Rounding::swapUntilFull(*m_source, n, out);
    } else {
        out = TileMask::band(m_pattern);
    }
    Line alpha, beta;
    thresholds(alpha.data(), beta.data());
    TileResult result = m_bound.judge(*m_source, n, out, alpha.data(), beta.data(), boundSweeps);
    result.residual = float(now.residual());
    result.iterations = std::int32_t(m_iterations);
    result.converged = !now.open;
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
    for (const Line *values : {&m_u, &m_v, &m_p, &m_q}) {
        std::memcpy(state, values->data(), line);
        state += line;
    }
}

void DykstraTile::resume(const TileScores &scores, const std::byte *state)
{
    take(scores);
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(&m_iterations, state, 8);
    state += 8;
    m_p.fill(1);
    m_q.fill(1);
    for (Line *values : {&m_u, &m_v, &m_p, &m_q}) {
        std::memcpy(values->data(), state, line);
        state += line;
    }
    rebuildKernel();
}

} // namespace nms
