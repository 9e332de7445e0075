// SPDX-License-Identifier: Apache-2.0
// What all entropic methods compute from their potentials: kernel, plan, residuals.
#pragma once

#include "core/simd/real_functions.h"
#include "core/tile/entropic/entropic_kernels.h"
#include "core/tile/entropic/line_reductions.h"

namespace nms {

namespace {

template <int P> struct Blocks {
    static constexpr int lanes = P < 8 ? P : 8;
    static constexpr int count = P / lanes;
    using Line = Reals<lanes>;

    NMS_REALS static int at(int block, int j) { return (block * P + j) * lanes; }
};

/// Calls body(j) for all columns, in groups that are unrolled.
template <int P, class F> NMS_REALS void eachColumn(F &&body)
{
    constexpr int group = P < 16 ? P : 16;
    for (int first = 0; first < P; first += group)
        eachPlace<group>([&](auto j) __attribute__((always_inline)) { body(first + j, j); });
}

template <int P> void takeScores(EntropicWork &work, const float *scores)
{
    constexpr int W = Blocks<P>::lanes;
    const double scale = work.scoreToExponent;
    for (int block = 0; block < Blocks<P>::count; ++block)
        for (int l = 0; l < W; ++l) {
            const int i = block * W + l;
            const float *row = scores + i * P;
            double *to = work.exponents + Blocks<P>::at(block, 0) + l;
            for (int j = 0; j < P; ++j)
                to[j * W] = i < work.m ? row[j] * scale : 0;
        }
}

template <int P> void buildKernel(EntropicWork &work)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    for (int block = 0; block < Blocks<P>::count; ++block) {
        const Line u = Line::load(work.u + block * W);
        // e^x is 0 in padding rows.
        const Line own = u - Line::load(work.rowRest + block * W) * Line::all(1e6);
        for (int j = 0; j < P; ++j) {
            const int at = Blocks<P>::at(block, j);
            if (j < work.m)
                exponential(Line::load(work.exponents + at) + own + Line::all(work.v[j])).store(work.kernel + at);
            else
                Line::all(0).store(work.kernel + at);
        }
    }
}

template <int P> NMS_REALS void potentialsOf(const EntropicWork &work, double *rows, double *columns)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    for (int k = 0; k < P; k += W) {
        (Line::load(work.u + k) - logarithm(Line::load(work.w + k))).store(rows + k);
        (Line::load(work.v + k) + logarithm(Line::load(work.q + k))).store(columns + k);
    }
}

template <int P> void potentials(const EntropicWork &work, double *rows, double *columns)
{
    potentialsOf<P>(work, rows, columns);
}

template <int P> void rebase(EntropicWork &work)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    potentialsOf<P>(work, work.u, work.v);
    for (int k = 0; k < P; k += W) {
        Line::all(1).store(work.w + k);
        Line::all(1).store(work.q + k);
    }
    buildKernel<P>(work);
}

template <int P> void plan(const EntropicWork &work, double *plan)
{
    constexpr int W = Blocks<P>::lanes;
    for (int i = 0; i < work.m; ++i) {
        const double p = 1 / work.w[i];
        const double *from = work.kernel + Blocks<P>::at(i / W, 0) + i % W;
        for (int j = 0; j < P; ++j) {
            const double y = from[j * W] * work.q[j] * p;
            plan[i * P + j] = y < 1 ? y : 1;
        }
    }
}

/// Σ min(w, K·q) of each row, n in padding. In four accumulators, to hide latency.
template <int P> NMS_REALS void rowSums(EntropicWork &work, typename Blocks<P>::Line (&sums)[Blocks<P>::count])
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
#pragma GCC unroll 1
    for (int block = 0; block < Blocks<P>::count; ++block) {
        const Line w = Line::load(work.w + block * W);
        Line sum[4] = {Line::load(work.rowRest + block * W), Line::all(0), Line::all(0), Line::all(0)};
        eachColumn<P>([&](int j, auto place) __attribute__((always_inline)) {
            const int at = Blocks<P>::at(block, j);
            const Line capped = min(w, Line::load(work.kernel + at) * Line::all(work.q[j]));
            capped.store(work.capped + at);
            sum[place % 4] = sum[place % 4] + capped;
        });
        sums[block] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

/// Calls of(first, sums) with Σ factor·capped of columns first … first + W − 1, n in padding.
template <int P, class F>
NMS_REALS void columnSums(const EntropicWork &work, const typename Blocks<P>::Line (&factors)[Blocks<P>::count], F &&of)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
#pragma GCC unroll 1
    for (int first = 0; first < P; first += W) {
        Line sums[W];
        eachPlace<W>([&](auto c) __attribute__((always_inline)) {
            Line sum = factors[0] * Line::load(work.capped + Blocks<P>::at(0, first + c));
            eachPlace<Blocks<P>::count - 1>([&](auto b) __attribute__((always_inline)) {
                sum = sum + factors[b + 1] * Line::load(work.capped + Blocks<P>::at(b + 1, first + c));
            });
            sums[c] = sum;
        });
        of(first, acrossLanes<W>(sums, Plus()) + Line::load(work.columnRest + first));
    }
}

/// The row residual from the sums of the rows; writes 1/w to `factors`. Padding contributes 0: its sum is n and its w is 1.
template <int P>
NMS_REALS double rowResidual(const EntropicWork &work, const typename Blocks<P>::Line (&sums)[Blocks<P>::count],
                             typename Blocks<P>::Line (&factors)[Blocks<P>::count])
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    const Line n = Line::all(work.n);
    Line most = Line::all(0);
    for (int block = 0; block < Blocks<P>::count; ++block) {
        factors[block] = Line::all(1) / Line::load(work.w + block * W);
        most = max(most, distance(sums[block] * factors[block], n));
    }
    return largest(most) / work.n;
}

template <int P>
NMS_REALS double columnResidual(const EntropicWork &work, const typename Blocks<P>::Line (&factors)[Blocks<P>::count])
{
    using Line = typename Blocks<P>::Line;
    Line most = Line::all(0);
    columnSums<P>(
        work, factors, [&](int, Line sums) __attribute__((always_inline)) {
            most = max(most, distance(sums, Line::all(work.n)));
        });
    return largest(most) / work.n;
}

template <int P> void residuals(EntropicWork &work, double &row, double &column)
{
    typename Blocks<P>::Line sums[Blocks<P>::count], factors[Blocks<P>::count];
    rowSums<P>(work, sums);
    row = rowResidual<P>(work, sums, factors);
    column = columnResidual<P>(work, factors);
}

} // namespace

} // namespace nms
