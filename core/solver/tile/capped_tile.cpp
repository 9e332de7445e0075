// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/capped_tile.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace nms {

namespace {

constexpr double goodEnough = 1e-4;
constexpr int boundSweeps = 2;

} // namespace

/// The level u with Σ min(1, e^{x + u}) = N over the M exponents x, which are left sorted. With the k largest at the cap,
/// e^u = (N − k)/Σ of the other e^x; the right k is the least for which the largest of the others stays below 1.
double CappedTile::waterLevel(TileLine<double> &exponents) const
{
    const auto [n, m] = m_options.pattern;
    std::sort(exponents.begin(), exponents.begin() + m, std::greater<>());
    if (n == m)
        return -exponents[std::size_t(m - 1)];
    TileLine<double> logTail; // ln Σ e^x over exponents[k …]
    double tail = exponents[std::size_t(m - 1)];
    logTail[std::size_t(m - 1)] = tail;
    for (int k = m - 2; k >= 0; --k) {
        const double x = exponents[std::size_t(k)]; // ≥ every term of the tail, but not ≥ their sum
        tail = std::max(x, tail) + std::log1p(std::exp(-std::abs(x - tail)));
        logTail[std::size_t(k)] = tail;
    }
    for (int k = 0; k < n - 1; ++k) {
        const double level = std::log(double(n - k)) - logTail[std::size_t(k)];
        if (exponents[std::size_t(k)] + level <= 0)
            return level;
    }
    return -logTail[std::size_t(n - 1)];
}

TileResult CappedTile::solve(const TileScores &scores, std::int64_t, const std::stop_token &stop, TileMask &out)
{
    const auto [n, m] = m_options.pattern;
    const int stride = scores.stride();
    const double toExponent = scores.maximum() > 0 ? m_options.tau / double(scores.maximum()) : 0;
    TileLine<double> u, v, line;
    u.fill(0);
    v.fill(0);
    const double enough = m_options.tolerance > 0 ? m_options.tolerance : goodEnough;
    double residual = 0;
    int iteration = 0;
    do {
        for (int i = 0; i < m; ++i) {
            for (int j = 0; j < m; ++j)
                line[std::size_t(j)] = scores.row(i)[j] * toExponent + v[std::size_t(j)];
            u[std::size_t(i)] = waterLevel(line);
        }
        for (int j = 0; j < m; ++j) {
            for (int i = 0; i < m; ++i)
                line[std::size_t(i)] = scores.row(i)[j] * toExponent + u[std::size_t(i)];
            v[std::size_t(j)] = waterLevel(line);
        }
        residual = 0;
        for (int i = 0; i < m; ++i) {
            double sum = 0;
            for (int j = 0; j < m; ++j) {
                const double x = scores.row(i)[j] * toExponent + u[std::size_t(i)] + v[std::size_t(j)];
                m_plan.row(i, stride)[j] = std::exp(std::min(x, 0.0));
                sum += m_plan.row(i, stride)[j];
            }
            residual = std::max(residual, std::abs(sum - n) / n);
        }
        ++iteration;
    } while (iteration < m_options.iterations && residual > enough && !stop.stop_requested());

    if (scores.maximum() > 0) {
        out = m_rounding.greedy(m_plan.values.data(), stride, m_options.pattern);
        Rounding::swapUntilFull(scores, n, out);
    } else {
        out = TileMask::band(m_options.pattern);
    }
    for (std::size_t k = 0; k < std::size_t(m); ++k) { // from here on thresholds in score units
        u[k] *= toExponent > 0 ? -1 / toExponent : 0;
        v[k] *= toExponent > 0 ? -1 / toExponent : 0;
    }
    TileResult result = m_bound.judge(scores, n, out, u.data(), v.data(), boundSweeps);
    result.residual = float(residual);
    result.iterations = iteration;
    result.converged = residual <= m_options.residualLimit();
    return result;
}

} // namespace nms
