// SPDX-License-Identifier: Apache-2.0
// Swaps that fill a mask up to n everywhere, and the sum of the kept scores.
#pragma once

#include "core/tile/masks/mask_kernels.h"
#include "core/tile/masks/real_line.h"

namespace nms {

namespace {

/// `line` where `bits` are set, otherwise `other` (the bits of a float).
template <int P>
[[gnu::always_inline]] inline void keepBits(const float *line, std::uint64_t bits, std::int32_t other, float *to)
{
    using Shape = LineShape<P>;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        reinterpret_cast<typename Shape::Vector *>(to)[v] = Shape::Ops::select(
            Shape::ofBits(bits, v), reinterpret_cast<const typename Shape::Vector *>(line)[v], Shape::all(other));
    });
}

template <int P> double keptScore(const std::uint64_t *rows, const float *scores, int m)
{
    using Real = RealLine<P>;
    typename Real::Vector sums[Real::vectors] = {};
    alignas(64) float kept[P];
    for (int i = 0; i < m; ++i) {
        keepBits<P>(scores + i * P, rows[i], 0, kept);
        unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) { sums[v] += Real::load(kept, v); });
    }
    alignas(64) double columns[P];
    unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) { Real::store(columns, v, sums[v]); });
    for (int half = P / 2; half > 0; half /= 2)
        for (int j = 0; j < half; ++j)
            columns[j] += columns[j + half];
    return columns[0];
}

struct SwapPlace {
    int row, column;
    double gain;
};

/// The best (i', j') for the new entries (i, j') and (i', j): every lane j' holds the first of its best rows.
template <int P>
[[gnu::always_inline]] inline SwapPlace bestSwap(const std::uint64_t *rows, const float *scores, int m, int i, int j)
{
    using Real = RealLine<P>;
    using Vector = typename Real::Vector;
    constexpr std::int32_t infinity = 0x7f800000; // the loss where row i' has no entry to give up
    Vector here[Real::vectors], best[Real::vectors], bestRow[Real::vectors];
    unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) {
        here[v] = Real::load(scores + i * P, v);
        best[v] = Real::all(-1e300);
        bestRow[v] = Real::all(P);
    });
    alignas(64) float given[P];
    for (int row = 0; row < m; ++row) {
        if (rows[row] >> j & 1)
            continue;
        keepBits<P>(scores + row * P, rows[row] & ~rows[i], infinity, given);
        const Vector gained = Real::all(double(scores[row * P + j])), at = Real::all(row);
        unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector gain = (here[v] + gained) - Real::load(given, v);
            bestRow[v] = best[v] < gain ? at : bestRow[v];
            best[v] = best[v] < gain ? gain : best[v];
        });
    }
    alignas(64) double gains[P], gainRows[P];
    unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) {
        Real::store(gains, v, best[v]);
        Real::store(gainRows, v, bestRow[v]);
    });
    int column = 0;
    for (int k = 1; k < m; ++k)
        if (gains[k] > gains[column] || (gains[k] == gains[column] && gainRows[k] < gainRows[column]))
            column = k;
    return {int(gainRows[column]), column, gains[column]};
}

[[gnu::always_inline]] inline SwapPlace firstSwap(const std::uint64_t *rows, int i, int j)
{
    int row = 0;
    while ((rows[row] >> j & 1) || !(rows[row] & ~rows[i]))
        ++row;
    return {row, lowestBit(rows[row] & ~rows[i]), 0};
}

template <int P> void swapUntilFull(std::uint64_t *rows, const float *scores, int n, int m, bool best)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    std::uint64_t rowsBelow = 0;
    for (int i = 0; i < m; ++i)
        rowsBelow |= std::uint64_t(countBits(rows[i]) < n) << i;
    if (!rowsBelow)
        return;
    alignas(64) std::int32_t inColumn[P];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        typename Shape::Vector count = {};
        for (int i = 0; i < m; ++i)
            count = Ops::select(Shape::ofBits(rows[i], v), count + 1, count);
        Shape::store(inColumn, v, count);
    });
    int j = 0;
    for (; rowsBelow; rowsBelow &= rowsBelow - 1) {
        const int i = lowestBit(rowsBelow);
        while (countBits(rows[i]) < n) {
            while (inColumn[j] == n)
                ++j;
            const SwapPlace at = best ? bestSwap<P>(rows, scores, m, i, j) : firstSwap(rows, i, j);
            rows[i] |= std::uint64_t(1) << at.column;
            rows[at.row] = (rows[at.row] | std::uint64_t(1) << j) & ~(std::uint64_t(1) << at.column);
            ++inColumn[j];
        }
    }
}

template <int P> void swapWhileGaining(std::uint64_t *rows, const float *scores, int n, int m, int most)
{
    int inColumn[P] = {};
    for (int i = 0; i < m; ++i)
        for (std::uint64_t bits = rows[i]; bits; bits &= bits - 1)
            ++inColumn[lowestBit(bits)];
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            while (most > 0 && countBits(rows[i]) < n && inColumn[j] < n) {
                const SwapPlace at = bestSwap<P>(rows, scores, m, i, j);
                if (!(at.gain > 0))
                    break;
                rows[i] |= std::uint64_t(1) << at.column;
                rows[at.row] = (rows[at.row] | std::uint64_t(1) << j) & ~(std::uint64_t(1) << at.column);
                ++inColumn[j];
                --most;
            }
}

} // namespace

} // namespace nms
