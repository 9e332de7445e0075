// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/dykstra_tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nms {

namespace {

constexpr double largestExponent = 600; // of K's entries, either sign
constexpr double largestGrowth = 1e100; // of p·q since the last rebase
constexpr double largestShrink = 1e-40;
constexpr double smallestTrustedSum = 1e-40;
constexpr int boundSweeps = 2;

double kernelEntry(double exponent)
{
    if (exponent < -largestExponent)
        return 0; // not a denormal, which would cost the loop a factor of four
    return std::exp(std::min(exponent, largestExponent));
}

/// Σ of `count` doubles in lanes of eight, so that the sum can be vectorised and has one order everywhere.
template <int P> double laneSum(const double *values)
{
    constexpr int lanes = P < 8 ? P : 8;
    double sums[lanes];
    for (int l = 0; l < lanes; ++l)
        sums[l] = values[l];
    for (int j = lanes; j < P; j += lanes)
        for (int l = 0; l < lanes; ++l)
            sums[l] += values[j + l];
    for (int half = lanes / 2; half > 0; half /= 2)
        for (int l = 0; l < half; ++l)
            sums[l] += sums[l + half];
    return sums[0];
}

/// Clamped so that products of two stay finite and above 0.
double factorOf(double logarithm)
{
    return std::exp(std::clamp(logarithm, -300.0, 300.0));
}

} // namespace

DykstraTile::DykstraTile(NmPattern pattern, double tau, double residualWarning)
    : m_pattern(pattern), m_tau(tau), m_residualWarning(residualWarning)
{ }

void DykstraTile::take(const TileScores &scores)
{
    m_source = &scores;
    m_stride = scores.stride();
    m_scoreToExponent = scores.maximum() > 0 ? m_tau / double(scores.maximum()) : 0;
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
    for (int i = 0; i < m_pattern.m; ++i) {
        const float *scores = m_source->row(i);
        double *kernel = m_kernel.row(i, m_stride);
        for (int j = 0; j < m_pattern.m; ++j)
            kernel[j] = kernelEntry(scores[j] * m_scoreToExponent + m_u[std::size_t(i)] + m_v[std::size_t(j)]);
        std::fill(kernel + m_pattern.m, kernel + m_stride, 0.0);
    }
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
    const auto [pLeast, pMost] = std::minmax_element(m_p.begin(), m_p.begin() + m_pattern.m);
    const auto [qLeast, qMost] = std::minmax_element(m_q.begin(), m_q.begin() + m_pattern.m);
    return *pMost * *qMost <= largestGrowth && *pLeast * *qLeast >= largestShrink;
}

void DykstraTile::iterate()
{
    ++m_iterations;
    if (m_iterations == 1) {
        iterateInLogs();
        return;
    }
    if (!factorsInRange())
        rebase();
    if (!withStride(m_pattern.m, [&]<int P>() { return iterateByFactors<P>(); }))
        iterateInLogs();
}

/// One pass over the kernel: the plan row by row, its sum, and at once the column sums of the scaled rows. False, with the
/// state as it was, where a sum is too small to be trusted.
template <int P> bool DykstraTile::iterateByFactors()
{
    const auto [n, m] = m_pattern;
    alignas(64) double plan[P], columnSum[P], p[P];
    for (int j = 0; j < P; ++j)
        columnSum[j] = j < m ? 0 : n; // padding lanes keep the factor 1
    for (int i = 0; i < m; ++i) {
        const double *kernel = m_kernel.row(i, P);
        const double own = m_p[std::size_t(i)];
        for (int j = 0; j < P; ++j) {
            const double y = own * kernel[j] * m_q[std::size_t(j)];
            plan[j] = y < 1 ? y : 1;
        }
        const double rowSum = laneSum<P>(plan);
        if (!(rowSum >= smallestTrustedSum))
            return false;
        const double factor = n / rowSum;
        m_rowFactor[std::size_t(i)] = factor;
        p[i] = own * factor;
        for (int j = 0; j < P; ++j)
            columnSum[j] += factor * plan[j];
    }
    for (int j = 0; j < P; ++j)
        if (!(columnSum[j] >= smallestTrustedSum))
            return false;
    for (int i = 0; i < m; ++i)
        m_p[std::size_t(i)] = p[i];
    for (int j = 0; j < P; ++j) {
        m_columnFactor[std::size_t(j)] = n / columnSum[j];
        m_q[std::size_t(j)] *= m_columnFactor[std::size_t(j)];
    }
    return true;
}

/// The same iteration by log-sum-exp. The plan it starts from is capped in every iteration but the first.
void DykstraTile::iterateInLogs()
{
    const auto [n, m] = m_pattern;
    const double logN = std::log(double(n));
    const bool capped = m_iterations > 1;
    Line highest, sum;
    TileArray<double> &logPlan = m_scratch;
    for (std::size_t k = 0; k < std::size_t(m); ++k) {
        m_u[k] += std::log(m_p[k]);
        m_v[k] += std::log(m_q[k]);
        m_p[k] = m_q[k] = 1;
    }
    for (int i = 0; i < m; ++i) {
        double *row = logPlan.row(i, m_stride);
        for (int j = 0; j < m; ++j) {
            const double x = m_source->row(i)[j] * m_scoreToExponent + m_u[std::size_t(i)] + m_v[std::size_t(j)];
            row[j] = capped ? std::min(x, 0.0) : x;
        }
        const double most = *std::max_element(row, row + m);
        double rowSum = 0;
        for (int j = 0; j < m; ++j)
            rowSum += std::exp(row[j] - most);
        const double step = logN - most - std::log(rowSum);
        m_u[std::size_t(i)] += step;
        m_rowFactor[std::size_t(i)] = factorOf(step);
        for (int j = 0; j < m; ++j)
            row[j] += step;
    }
    std::copy_n(logPlan.row(0, m_stride), m, highest.begin());
    for (int i = 1; i < m; ++i)
        for (int j = 0; j < m; ++j)
            highest[std::size_t(j)] = std::max(highest[std::size_t(j)], logPlan.row(i, m_stride)[j]);
    std::fill_n(sum.begin(), m, 0.0);
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            sum[std::size_t(j)] += std::exp(logPlan.row(i, m_stride)[j] - highest[std::size_t(j)]);
    for (std::size_t j = 0; j < std::size_t(m); ++j) {
        const double step = logN - highest[j] - std::log(sum[j]);
        m_v[j] += step;
        m_columnFactor[j] = factorOf(step);
    }
    rebuildKernel();
}

template <int P> void DykstraTile::planOf(TileArray<double> &out) const
{
    for (int i = 0; i < m_pattern.m; ++i) {
        const double *kernel = m_kernel.row(i, P);
        double *plan = out.row(i, P);
        for (int j = 0; j < P; ++j) {
            const double y = m_p[std::size_t(i)] * kernel[j] * m_q[std::size_t(j)];
            plan[j] = y < 1 ? y : 1;
        }
    }
}

void DykstraTile::plan(TileArray<double> &out)
{
    withStride(m_pattern.m, [&]<int P>() { planOf<P>(out); });
}

/// All figures in one pass. ln S is τA + u + v wherever S < 1, and the bound's max(0, A − α − β) is what lies above the
/// cap, so neither the entropy nor the bound takes a logarithm of an entry.
template <int P> PlanFigures DykstraTile::figuresOf(const Line &rowLogs, const Line &columnLogs) const
{
    const auto [n, m] = m_pattern;
    PlanFigures figures;
    alignas(64) double plan[P], objective[P] = {}, entropy[P] = {}, above[P] = {}, columnSum[P] = {}, precap[P] = {};
    alignas(64) std::int64_t fractional[P] = {};
    const bool firstCap = m_iterations == 1; // the plan of iteration 0 was not capped: all of Y was scaled
    for (int i = 0; i < m; ++i) {
        const float *scores = m_source->row(i);
        const double *kernel = m_kernel.row(i, P);
        const double p = m_p[std::size_t(i)], rowLog = rowLogs[std::size_t(i)], r = m_rowFactor[std::size_t(i)];
        for (int j = 0; j < P; ++j) {
            const double y = p * kernel[j] * m_q[std::size_t(j)];
            const double s = y < 1 ? y : 1;
            const double score = scores[j];
            const double x = score * m_scoreToExponent + rowLog + columnLogs[std::size_t(j)];
            const double scaled = r * m_columnFactor[std::size_t(j)];
            const double before = firstCap || y < scaled ? y : scaled;
            plan[j] = s;
            columnSum[j] += s;
            objective[j] += s * score;
            entropy[j] -= s * (x < 0 ? x : 0);
            above[j] += x > 0 ? x : 0;
            precap[j] = before > precap[j] ? before : precap[j];
            fractional[j] += (s > 0.01) & (s < 0.99);
        }
        figures.rowResidual = std::max(figures.rowResidual, std::abs(laneSum<P>(plan) - n) / n);
    }
    double potentials = 0, aboveSum = 0;
    for (int j = 0; j < m; ++j) { // padding lanes hold x > 0 of no entry
        figures.columnResidual = std::max(figures.columnResidual, std::abs(columnSum[j] - n) / n);
        figures.capacityResidual = std::max(figures.capacityResidual, precap[j] - 1);
        figures.fractional += std::int32_t(fractional[j]);
        aboveSum += above[j];
        potentials -= rowLogs[std::size_t(j)] + columnLogs[std::size_t(j)];
        figures.objective += objective[j];
        figures.entropy += entropy[j];
    }
    if (m_iterations == 0)
        figures.capacityResidual = 0;
    if (m_scoreToExponent > 0)
        figures.upperBound = std::max(0.0, n * potentials + aboveSum) / m_scoreToExponent;
    figures.open = figures.residual() > m_residualWarning;
    return figures;
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
    return withStride(m_pattern.m, [&]<int P>() { return figuresOf<P>(rowLogs, columnLogs); });
}

void DykstraTile::thresholds(double *alpha, double *beta) const
{
    const double scale = m_scoreToExponent > 0 ? 1 / m_scoreToExponent : 0;
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
        out = m_rounding.greedy(m_scratch.values.data(), m_stride, m_pattern);
        Rounding::swapUntilFull(*m_source, n, out);
    } else {
        out = TileMask::band(m_pattern);
    }
    Line alpha, beta;
    thresholds(alpha.data(), beta.data());
    TileResult result;
    result.objective = keptScore(*m_source, out);
    result.upperBound = std::max(result.objective, m_bound.bound(*m_source, n, alpha.data(), beta.data(), boundSweeps));
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
