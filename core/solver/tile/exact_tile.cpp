// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact_tile.h"

#include "core/solver/tile/lane_select.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace nms {

void ExactTile::quantise(const TileScores &scores)
{
    m_source = &scores;
    m_stride = scores.stride();
    // In double: a tile of denormals has a scale beyond float's range.
    const double scale = scores.maximum() > 0 ? unit / double(scores.maximum()) : 0;
    for (int i = 0; i < m_stride; ++i) {
        const float *from = scores.row(i);
        std::int32_t *to = m_scores.row(i, m_stride);
        for (int j = 0; j < m_stride; ++j)
            // Scores are not negative, and lround() would not vectorise.
            to[j] = i < m_pattern.m ? std::int32_t(from[j] * scale + 0.5) : 0; // NOLINT(bugprone-incorrect-roundings)
    }
    for (int i = 0; i < m_stride; ++i)
        for (int j = 0; j < m_stride; ++j)
            m_transposed.row(j, m_stride)[i] = m_scores.row(i, m_stride)[j];
}

void ExactTile::start(const TileScores &scores)
{
    quantise(scores);
    m_iterations = 0;
    m_balanced = false;
    m_proven = false;
    m_alpha.fill(0);
    m_beta.fill(0);
    m_kept = {};
    m_columns = {};
}

void ExactTile::add(int i, int j)
{
    m_kept.add(i, j);
    m_columns[std::size_t(j)] |= std::uint64_t(1) << i;
}

void ExactTile::remove(int i, int j)
{
    m_kept.remove(i, j);
    m_columns[std::size_t(j)] &= ~(std::uint64_t(1) << i);
}

void ExactTile::iterate()
{
    if (m_balanced)
        return;
    ++m_iterations;
    if (m_source->maximum() == 0) {
        // Every mask is optimal, and α = β = 0 proves it.
        m_kept = TileMask::band(m_pattern);
        transpose();
    } else if (m_iterations <= sweeps) {
        sweep();
        keepAbove();
        if (m_iterations == sweeps)
            keepTies();
    } else {
        augment();
    }
    m_balanced = isBalanced();
    m_proven = m_balanced && isProven();
}

/// Potentials stay within 2·sweeps·unit < 2³¹ here: each half sweep adds at most one unit to the range.
void ExactTile::sweep()
{
    alignas(64) TileLine<std::int32_t> offset = {}, nth, next;
    const int n = m_pattern.n, m = m_pattern.m;
    const auto half = [&](const TileArray<std::int32_t> &table, const TileLine<std::int64_t> &from,
                          TileLine<std::int64_t> &to) {
        for (int e = 0; e < m; ++e)
            offset[std::size_t(e)] = std::int32_t(from[std::size_t(e)]);
        selectLanes(table.values.data(), offset.data(), m_stride, m, n, m_sorted, nth.data(), next.data());
        // For n = m nothing is below the threshold: one unit under the least keeps it all.
        for (std::size_t l = 0; l < std::size_t(m); ++l)
            to[l] = n < m ? (nth[l] + next[l]) >> 1 : nth[l] - 1;
    };
    half(m_transposed, m_beta, m_alpha);
    half(m_scores, m_alpha, m_beta);
}

void ExactTile::keepAbove()
{
    m_kept = {};
    m_columns = {};
    for (int i = 0; i < m_pattern.m; ++i) {
        std::uint64_t bits = 0;
        for (int j = 0; j < m_pattern.m; ++j) {
            const std::uint64_t above = slack(i, j) > 0;
            bits |= above << j;
            m_columns[std::size_t(j)] |= above << i;
        }
        m_kept.rows[std::size_t(i)] = bits;
    }
}

/// Entries exactly at the threshold may be kept or not. Where room is left, taking them now in row-major order spares an
/// augmentation each (a tile of equal scores would need n·m of them).
void ExactTile::keepTies()
{
    const auto [n, m] = m_pattern;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m && std::popcount(m_kept.rows[std::size_t(i)]) < n; ++j)
            if (!m_kept.at(i, j) && slack(i, j) == 0 && std::popcount(m_columns[std::size_t(j)]) < n)
                add(i, j);
}

/// One shortest path in the residual graph from a line that is owed a unit to one that can take it. Nodes 0 … m−1 are
/// rows, m … 2m−1 columns; an entry not kept is an arc row → column of length α + β − A, a kept one an arc back of length
/// A − α − β. Rows below n and columns above n are sources, the others out of balance are sinks.
void ExactTile::augment()
{
    constexpr std::int64_t infinite = std::numeric_limits<std::int64_t>::max();
    const auto [n, m] = m_pattern;
    std::array<std::int64_t, 2 * NmPattern::maxM> distance;
    std::array<std::int8_t, 2 * NmPattern::maxM> parent;
    std::array<bool, 2 *NmPattern::maxM> settled = {};
    std::array<bool, 2 *NmPattern::maxM> sink = {};
    std::int64_t sinkDistance = infinite;
    int nearestSink = -1;
    for (int k = 0; k < m; ++k) {
        const int inRow = std::popcount(m_kept.rows[std::size_t(k)]), inColumn = std::popcount(m_columns[std::size_t(k)]);
        distance[std::size_t(k)] = inRow < n ? 0 : infinite;
        distance[std::size_t(m + k)] = inColumn > n ? 0 : infinite;
        sink[std::size_t(k)] = inRow > n;
        sink[std::size_t(m + k)] = inColumn < n;
        parent[std::size_t(k)] = parent[std::size_t(m + k)] = -1;
    }

    while (true) {
        std::int64_t reached = infinite;
        int node = -1;
        for (int k = 0; k < 2 * m; ++k)
            if (!settled[std::size_t(k)] && distance[std::size_t(k)] < reached) {
                reached = distance[std::size_t(k)];
                node = k;
            }
        if (reached >= sinkDistance)
            break;
        settled[std::size_t(node)] = true;
        const bool isRow = node < m;
        const int line = isRow ? node : node - m, other = isRow ? m : 0;
        const std::int32_t *scores = isRow ? m_scores.row(line, m_stride) : m_transposed.row(line, m_stride);
        const std::int64_t own = isRow ? m_alpha[std::size_t(line)] : m_beta[std::size_t(line)];
        const TileLine<std::int64_t> &opposite = isRow ? m_beta : m_alpha;
        std::uint64_t arcs = isRow ? ~m_kept.rows[std::size_t(line)] : m_columns[std::size_t(line)];
        arcs &= ~std::uint64_t(0) >> (64 - m);
        for (; arcs; arcs &= arcs - 1) {
            const int k = std::countr_zero(arcs);
            const std::int64_t excess = scores[k] - own - opposite[std::size_t(k)];
            const std::int64_t length = reached + (isRow ? -excess : excess);
            const std::size_t target = std::size_t(other + k);
            if (length < distance[target]) {
                distance[target] = length;
                parent[target] = std::int8_t(node);
                if (sink[target] && length < sinkDistance) {
                    sinkDistance = length;
                    nearestSink = int(target);
                }
            }
        }
    }

    for (int node = nearestSink; parent[std::size_t(node)] >= 0; node = parent[std::size_t(node)]) {
        const int from = parent[std::size_t(node)];
        from < m ? add(from, node - m) : remove(node, from - m);
    }
    // Keeps slackness: nodes nearer than the sink move by what they are nearer.
    for (int k = 0; k < m; ++k) {
        m_alpha[std::size_t(k)] -= std::max<std::int64_t>(0, sinkDistance - distance[std::size_t(k)]);
        m_beta[std::size_t(k)] += std::max<std::int64_t>(0, sinkDistance - distance[std::size_t(m + k)]);
    }
}

bool ExactTile::isBalanced() const
{
    for (std::size_t k = 0; k < std::size_t(m_pattern.m); ++k)
        if (std::popcount(m_kept.rows[k]) != m_pattern.n || std::popcount(m_columns[k]) != m_pattern.n)
            return false;
    return true;
}

/// Weak duality, in integers: no mask keeps more than the bound, and this one keeps as much.
bool ExactTile::isProven() const
{
    const auto [n, m] = m_pattern;
    std::int64_t bound = 0, objective = 0;
    for (int i = 0; i < m; ++i) {
        bound += n * (m_alpha[std::size_t(i)] + m_beta[std::size_t(i)]);
        for (int j = 0; j < m; ++j) {
            bound += std::max<std::int64_t>(0, slack(i, j));
            objective += m_kept.at(i, j) ? m_scores.row(i, m_stride)[j] : 0;
        }
    }
    return bound == objective;
}

PlanFigures ExactTile::figures()
{
    const auto [n, m] = m_pattern;
    PlanFigures figures;
    for (std::size_t k = 0; k < std::size_t(m); ++k) {
        const int inRow = std::popcount(m_kept.rows[k]), inColumn = std::popcount(m_columns[k]);
        figures.rowResidual = std::max(figures.rowResidual, std::abs(inRow - n) / double(n));
        figures.columnResidual = std::max(figures.columnResidual, std::abs(inColumn - n) / double(n));
    }
    figures.objective = keptScore(*m_source, m_kept);
    figures.open = !m_proven;
    figures.done = m_balanced;
    if (m_proven) {
        figures.upperBound = figures.objective;
    } else {
        TileLine<double> alpha, beta;
        thresholds(alpha.data(), beta.data());
        figures.upperBound = dualBound(*m_source, n, alpha.data(), beta.data());
    }
    return figures;
}

void ExactTile::plan(TileArray<double> &out)
{
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            out.row(i, m_stride)[j] = m_kept.at(i, j) ? 1 : 0;
}

void ExactTile::thresholds(double *alpha, double *beta) const
{
    const double scale = double(m_source->maximum()) / unit;
    for (int k = 0; k < m_pattern.m; ++k) {
        alpha[k] = double(m_alpha[std::size_t(k)]) * scale;
        beta[k] = double(m_beta[std::size_t(k)]) * scale;
    }
}

TileResult ExactTile::round(TileMask &out)
{
    if (m_balanced) {
        out = m_kept;
    } else {
        // Stopped half-way: what lies furthest above its threshold first.
        TileArray<double> key;
        for (int i = 0; i < m_pattern.m; ++i)
            for (int j = 0; j < m_pattern.m; ++j)
                key.row(i, m_stride)[j] = double(slack(i, j));
        out = m_rounding.greedy(key.values.data(), m_stride, m_pattern);
        Rounding::swapUntilFull(*m_source, m_pattern.n, out);
    }
    TileResult result;
    if (m_proven) {
        result.objective = result.upperBound = keptScore(*m_source, out);
    } else {
        TileLine<double> alpha, beta;
        thresholds(alpha.data(), beta.data());
        result = m_bound.judge(*m_source, m_pattern.n, out, alpha.data(), beta.data(), 1);
    }
    result.residual = float(figures().residual());
    result.iterations = m_iterations;
    result.converged = m_proven;
    return result;
}

std::size_t ExactTile::stateBytes() const
{
    return 8 + std::size_t(m_pattern.m) * 24;
}

void ExactTile::suspend(std::byte *state) const
{
    const std::int32_t head[2] = {m_iterations, (m_balanced ? 1 : 0) | (m_proven ? 2 : 0)};
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(state, head, 8);
    std::memcpy(state + 8, m_alpha.data(), line);
    std::memcpy(state + 8 + line, m_beta.data(), line);
    std::memcpy(state + 8 + 2 * line, m_kept.rows.data(), line);
}

void ExactTile::resume(const TileScores &scores, const std::byte *state)
{
    quantise(scores);
    std::int32_t head[2];
    const std::size_t line = std::size_t(m_pattern.m) * 8;
    std::memcpy(head, state, 8);
    m_iterations = head[0];
    m_balanced = head[1] & 1;
    m_proven = head[1] & 2;
    std::memcpy(m_alpha.data(), state + 8, line);
    std::memcpy(m_beta.data(), state + 8 + line, line);
    std::memcpy(m_kept.rows.data(), state + 8 + 2 * line, line);
    transpose();
}

void ExactTile::transpose()
{
    m_columns = {};
    for (int i = 0; i < m_pattern.m; ++i)
        for (std::uint64_t bits = m_kept.rows[std::size_t(i)]; bits; bits &= bits - 1)
            m_columns[std::size_t(std::countr_zero(bits))] |= std::uint64_t(1) << i;
}

} // namespace nms
