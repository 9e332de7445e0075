// SPDX-License-Identifier: Apache-2.0
// From a mask that keeps n of every row and column to a better one by exchanges, and to thresholds. Scores are integers
// here.
#pragma once

#include "core/tile/masks/greedy_steps.h"
#include "core/tile/masks/real_line.h"

namespace nms {

namespace {

/// Computes the tables of integer scores, 0 from m on, and the columns of the mask.
template <int P> [[gnu::always_inline]] inline void takeMask(SelectionWork &work, const float *scores, double scale)
{
    scaleToIntegers<P>(scores, work.m, scale, work.keys);
    for (int k = work.m * P; k < P * P; ++k)
        work.keys[k] = 0;
    transpose<P>(work.keys, work.transposed);
    transposeBits<P>(work);
}

/// With D = A[i,·] − A[k,·], exchanging (i, j) and (k, l) for (i, l) and (k, j) gains D[l] − D[j]. Every lane k holds the
/// largest D over the columns that only row k keeps and the smallest over those that only row i keeps. Makes the exchange
/// with the largest gain, if that is large enough; the first k, j and l on ties.
template <int P> [[gnu::always_inline]] inline bool exchangeBest(SelectionWork &work, int i)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    constexpr std::int32_t beyond = 1 << 30; // above any D
    const std::int32_t *row = work.keys + i * P;
    Vector greatest[Shape::vectors], least[Shape::vectors];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        greatest[v] = Shape::all(-beyond);
        least[v] = Shape::all(beyond);
    });
    for (std::uint64_t bits = work.rows[i]; bits; bits &= bits - 1) {
        const int j = lowestBit(bits);
        const Vector here = Shape::all(row[j]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector d = here - Shape::load(work.transposed + j * P, v);
            least[v] = Ops::minWhere(Shape::ofBits(~work.columns[j], v), least[v], d);
        });
    }
    for (std::uint64_t bits = ~work.rows[i] & firstBits(work.m); bits; bits &= bits - 1) {
        const int l = lowestBit(bits);
        const Vector here = Shape::all(row[l]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector d = here - Shape::load(work.transposed + l * P, v);
            greatest[v] = Ops::maxWhere(Shape::ofBits(work.columns[l], v), greatest[v], d);
        });
    }
    alignas(64) std::int32_t gains[P];
    const Vector tooLittle = Shape::all(SelectionWork::minimumGain - 1);
    std::uint64_t gaining = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        const Vector gain = greatest[v] - least[v];
        Shape::store(gains, v, gain);
        gaining |= Shape::bits(Ops::less(tooLittle, gain), v);
    });
    if (!gaining)
        return false;
    int k = lowestBit(gaining);
    for (std::uint64_t bits = gaining & (gaining - 1); bits; bits &= bits - 1)
        k = gains[lowestBit(bits)] > gains[k] ? lowestBit(bits) : k;

    const auto difference = [&](int column) __attribute__((always_inline))
    {
        return row[column] - work.keys[k * P + column];
    };
    std::uint64_t given = work.rows[i] & ~work.rows[k], taken = work.rows[k] & ~work.rows[i];
    int j = lowestBit(given), l = lowestBit(taken);
    for (given &= given - 1; given; given &= given - 1)
        j = difference(lowestBit(given)) < difference(j) ? lowestBit(given) : j;
    for (taken &= taken - 1; taken; taken &= taken - 1)
        l = difference(lowestBit(taken)) > difference(l) ? lowestBit(taken) : l;
    const std::uint64_t columns = std::uint64_t(1) << j | std::uint64_t(1) << l;
    const std::uint64_t rows = std::uint64_t(1) << i | std::uint64_t(1) << k;
    work.rows[i] ^= columns;
    work.rows[k] ^= columns;
    work.columns[j] ^= rows;
    work.columns[l] ^= rows;
    return true;
}

template <int P> int exchangeEntries(SelectionWork &work, const float *scores, double scale, int most)
{
    takeMask<P>(work, scores, scale);
    int done = 0;
    for (int i = 0, settled = 0; settled < work.m && done < most;) {
        if (exchangeBest<P>(work, i)) {
            ++done;
            settled = 0;
        } else {
            ++settled;
            i = i + 1 < work.m ? i + 1 : 0;
        }
    }
    return done;
}

/// A threshold for every lane: midway between the smallest of its entries that is kept and the largest that is not, each
/// minus the threshold of the other side.
template <int P>
[[gnu::always_inline]] inline void partLanes(const std::int32_t *table, const std::uint64_t *kept,
                                             const std::int32_t *across, int m, std::int32_t *thresholds)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    constexpr std::int32_t beyond = 1 << 30;
    Vector least[Shape::vectors], greatest[Shape::vectors];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        least[v] = Shape::all(beyond);
        greatest[v] = Shape::all(-beyond);
    });
    for (int k = 0; k < m; ++k) {
        const Vector offset = Shape::all(across[k]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector value = Shape::load(table + k * P, v) - offset;
            least[v] = Ops::minWhere(Shape::ofBits(kept[k], v), least[v], value);
            greatest[v] = Ops::maxWhere(Shape::ofBits(~kept[k], v), greatest[v], value);
        });
    }
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        Shape::store(thresholds, v, (least[v] + greatest[v]) >> 1);
    });
}

template <int P>
void separatingThresholds(SelectionWork &work, const float *scores, double scale, int sweeps, std::int32_t *alpha,
                          std::int32_t *beta)
{
    takeMask<P>(work, scores, scale);
    for (int k = 0; k < P; ++k)
        beta[k] = 0;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        partLanes<P>(work.transposed, work.columns, beta, work.m, alpha);
        partLanes<P>(work.keys, work.rows, alpha, work.m, beta);
    }
}

} // namespace

} // namespace nms
