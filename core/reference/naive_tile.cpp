// SPDX-License-Identifier: Apache-2.0
#include "core/reference/naive_tile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms::naive {

double Tile::largest() const
{
    return *std::max_element(score.begin(), score.end());
}

Tile takeTile(Span2d<const float> score, const TileGrid &grid, std::int64_t tile, int n)
{
    Tile out;
    out.n = n;
    out.m = grid.m;
    out.score.assign(std::size_t(grid.m * grid.m), 0.0);
    for (int i = 0; i < grid.realRows(tile); ++i)
        for (int j = 0; j < grid.realCols(tile); ++j)
            out.score[std::size_t(i * grid.m + j)] = score(grid.rowOf(tile) * grid.m + i, grid.colOf(tile) * grid.m + j);
    return out;
}

double objective(const Tile &tile, const Kept &kept)
{
    double sum = 0;
    for (std::size_t k = 0; k < kept.size(); ++k)
        sum += kept[k] ? tile.score[k] : 0;
    return sum;
}

double bound(const Tile &tile, const std::vector<double> &alpha, const std::vector<double> &beta)
{
    double sum = 0;
    for (int i = 0; i < tile.m; ++i) {
        sum += tile.n * (alpha[std::size_t(i)] + beta[std::size_t(i)]);
        for (int j = 0; j < tile.m; ++j)
            sum += std::max(0.0, tile(i, j) - alpha[std::size_t(i)] - beta[std::size_t(j)]);
    }
    return sum;
}

namespace {

int rowCount(const Kept &kept, int m, int i)
{
    int count = 0;
    for (int j = 0; j < m; ++j)
        count += kept[std::size_t(i * m + j)];
    return count;
}

int columnCount(const Kept &kept, int m, int j)
{
    int count = 0;
    for (int i = 0; i < m; ++i)
        count += kept[std::size_t(i * m + j)];
    return count;
}

} // namespace

Kept roundPlan(const Tile &tile, const std::vector<double> &key, bool bestSwaps)
{
    Kept kept(key.size(), 0);
    if (tile.largest() > 0) {
        complete(tile, key, bestSwaps, kept);
        return kept;
    }
    for (int i = 0; i < tile.m; ++i)
        for (int j = 0; j < tile.m; ++j)
            kept[std::size_t(i * tile.m + j)] = (j - i + tile.m) % tile.m < tile.n;
    return kept;
}

void complete(const Tile &tile, const std::vector<double> &key, bool bestSwaps, Kept &kept)
{
    const int n = tile.n, m = tile.m;
    std::vector<int> order(key.size());
    for (std::size_t k = 0; k < order.size(); ++k)
        order[k] = int(k);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key[std::size_t(a)] > key[std::size_t(b)]; });
    for (const int k : order)
        if (rowCount(kept, m, k / m) < n && columnCount(kept, m, k % m) < n)
            kept[std::size_t(k)] = 1;

    while (true) {
        int i = 0, j = 0;
        while (i < m && rowCount(kept, m, i) == n)
            ++i;
        while (j < m && columnCount(kept, m, j) == n)
            ++j;
        if (i == m)
            return;
        double best = -std::numeric_limits<double>::infinity();
        int row = -1, column = -1;
        for (int r = 0; r < m; ++r)
            for (int c = 0; c < m; ++c) {
                if (!kept[std::size_t(r * m + c)] || kept[std::size_t(i * m + c)] || kept[std::size_t(r * m + j)])
                    continue;
                const double gain = tile(i, c) + tile(r, j) - tile(r, c);
                if (bestSwaps ? gain > best : row < 0) {
                    best = gain;
                    row = r;
                    column = c;
                }
            }
        kept[std::size_t(i * m + column)] = 1;
        kept[std::size_t(row * m + j)] = 1;
        kept[std::size_t(row * m + column)] = 0;
    }
}

int exchange(const Tile &tile, Kept &kept)
{
    const int m = tile.m;
    int exponent = 0;
    std::frexp(tile.largest(), &exponent); // largest < 2^exponent
    std::vector<std::int64_t> score;
    for (const double value : tile.score)
        score.push_back(std::int64_t(std::ldexp(value, 29 - exponent)));
    int done = 0;
    for (int i = 0, settled = 0; settled < m && done < 4 * tile.n * m;) {
        std::int64_t best = 1;
        int bestK = -1, bestJ = -1, bestL = -1;
        for (int k = 0; k < m; ++k)
            for (int j = 0; j < m; ++j) {
                const std::size_t ij = std::size_t(i * m + j), kj = std::size_t(k * m + j);
                if (!kept[ij] || kept[kj])
                    continue;
                for (int l = 0; l < m; ++l) {
                    const std::size_t il = std::size_t(i * m + l), kl = std::size_t(k * m + l);
                    if (kept[il] || !kept[kl])
                        continue;
                    const std::int64_t gain = score[il] + score[kj] - score[ij] - score[kl];
                    if (gain > best) {
                        best = gain;
                        bestK = k;
                        bestJ = j;
                        bestL = l;
                    }
                }
            }
        if (bestK < 0) {
            ++settled;
            i = (i + 1) % m;
            continue;
        }
        kept[std::size_t(i * m + bestJ)] = kept[std::size_t(bestK * m + bestL)] = 0;
        kept[std::size_t(i * m + bestL)] = kept[std::size_t(bestK * m + bestJ)] = 1;
        settled = 0;
        ++done;
    }
    return done;
}

template <class Real>
DykstraIn<Real>::DykstraIn(const Tile &tile, double tau)
    : m_n(tile.n), m_m(tile.m), m_tau(tau), m_logPlan(tile.score.size()), m_logQ(tile.score.size()),
      m_rowLogs(std::size_t(tile.m)), m_columnLogs(std::size_t(tile.m))
{
    const double largest = tile.largest();
    for (std::size_t k = 0; k < m_logPlan.size(); ++k)
        m_logPlan[k] = largest > 0 ? Real(tau) * (Real(tile.score[k]) / Real(largest)) : 0;
}

template <class Real> void DykstraIn<Real>::iterate()
{
    const auto scale = [&](int first, int step, Real &log) {
        Real most = -std::numeric_limits<Real>::infinity();
        for (int k = 0; k < m_m; ++k)
            most = std::max(most, m_logPlan[std::size_t(first + k * step)]);
        Real sum = 0;
        for (int k = 0; k < m_m; ++k)
            sum += std::exp(m_logPlan[std::size_t(first + k * step)] - most);
        const Real factor = std::log(Real(m_n)) - most - std::log(sum);
        for (int k = 0; k < m_m; ++k)
            m_logPlan[std::size_t(first + k * step)] += factor;
        log += factor;
    };
    for (int i = 0; i < m_m; ++i)
        scale(i * m_m, 1, m_rowLogs[std::size_t(i)]);
    for (int j = 0; j < m_m; ++j)
        scale(j, m_m, m_columnLogs[std::size_t(j)]);
    m_capacityResidual = 0;
    for (std::size_t k = 0; k < m_logPlan.size(); ++k) {
        m_capacityResidual = std::max(m_capacityResidual, std::exp(m_logPlan[k]) - 1);
        const Real y = m_logPlan[k] + m_logQ[k];
        m_logPlan[k] = std::min(y, Real(0));
        m_logQ[k] = y - m_logPlan[k];
    }
}

template <class Real> double DykstraIn<Real>::plan(const Tile &tile, int i, int j) const
{
    return double(std::min(Real(1), std::exp(m_logPlan[std::size_t(i * tile.m + j)])));
}

template <class Real> std::vector<double> DykstraIn<Real>::thresholds(const Tile &tile, const std::vector<Real> &logs) const
{
    std::vector<double> out(logs.size());
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = -double(logs[k]) * tile.largest() / m_tau;
    return out;
}

template <class Real> std::vector<double> DykstraIn<Real>::alpha(const Tile &tile) const
{
    return thresholds(tile, m_rowLogs);
}

template <class Real> std::vector<double> DykstraIn<Real>::beta(const Tile &tile) const
{
    return thresholds(tile, m_columnLogs);
}

template <class Real> std::vector<double> DykstraIn<Real>::state() const
{
    std::vector<double> all(m_logPlan.begin(), m_logPlan.end());
    for (const auto *part : {&m_logQ, &m_rowLogs, &m_columnLogs})
        all.insert(all.end(), part->begin(), part->end());
    all.push_back(m_capacityResidual);
    return all;
}

template <class Real> void DykstraIn<Real>::setState(const std::vector<double> &state)
{
    auto from = state.begin();
    for (auto *part : {&m_logPlan, &m_logQ, &m_rowLogs, &m_columnLogs}) {
        std::transform(from, from + std::ptrdiff_t(part->size()), part->begin(), [](double value) { return Real(value); });
        from += std::ptrdiff_t(part->size());
    }
    m_capacityResidual = Real(*from);
}

template class DykstraIn<double>;
template class DykstraIn<float>;

Kept optimum(const Tile &tile, bool &proven)
{
    const int n = tile.n, m = tile.m;
    constexpr std::int64_t infinite = std::numeric_limits<std::int64_t>::max() / 4;
    const double largest = tile.largest();
    std::vector<std::int64_t> score(tile.score.size());
    for (std::size_t k = 0; k < score.size(); ++k)
        score[k] = largest > 0 ? std::llround(std::ldexp(tile.score[k] / largest, 40)) : 0;
    Kept kept(score.size(), 0);
    std::vector<std::int64_t> rowDistance, columnDistance;
    std::vector<int> rowParent(std::size_t(m), -1), columnParent(std::size_t(m), -1);
    const auto relax = [&] {
        for (bool changed = true; changed;) {
            changed = false;
            for (int i = 0; i < m; ++i)
                for (int j = 0; j < m; ++j) {
                    const std::size_t k = std::size_t(i * m + j);
                    std::int64_t &row = rowDistance[std::size_t(i)], &column = columnDistance[std::size_t(j)];
                    if (!kept[k] && row < infinite && row - score[k] < column) {
                        column = row - score[k];
                        columnParent[std::size_t(j)] = i;
                        changed = true;
                    }
                    if (kept[k] && column < infinite && column + score[k] < row) {
                        row = column + score[k];
                        rowParent[std::size_t(i)] = j;
                        changed = true;
                    }
                }
        }
    };

    for (int unit = 0; unit < n * m; ++unit) {
        rowDistance.assign(std::size_t(m), infinite);
        columnDistance.assign(std::size_t(m), infinite);
        std::fill(rowParent.begin(), rowParent.end(), -1);
        for (int i = 0; i < m; ++i)
            if (rowCount(kept, m, i) < n)
                rowDistance[std::size_t(i)] = 0;
        relax();
        int column = -1;
        for (int j = 0; j < m; ++j)
            if (columnCount(kept, m, j) < n &&
                (column < 0 || columnDistance[std::size_t(j)] < columnDistance[std::size_t(column)]))
                column = j;
        while (column >= 0) {
            const int row = columnParent[std::size_t(column)];
            kept[std::size_t(row * m + column)] = 1;
            column = rowParent[std::size_t(row)];
            if (column >= 0)
                kept[std::size_t(row * m + column)] = 0;
        }
    }

    // Distances from all nodes at once are dual potentials: no arc is shorter than the difference of its ends.
    rowDistance.assign(std::size_t(m), 0);
    columnDistance.assign(std::size_t(m), 0);
    relax();
    std::int64_t upper = 0, reached = 0;
    for (int i = 0; i < m; ++i) {
        upper += n * (rowDistance[std::size_t(i)] - columnDistance[std::size_t(i)]);
        for (int j = 0; j < m; ++j) {
            const std::size_t k = std::size_t(i * m + j);
            upper += std::max<std::int64_t>(0, score[k] - rowDistance[std::size_t(i)] + columnDistance[std::size_t(j)]);
            reached += kept[k] ? score[k] : 0;
        }
    }
    proven = upper == reached;
    return kept;
}

} // namespace nms::naive
