// SPDX-License-Identifier: Apache-2.0
// Dykstra's iterations.
#pragma once

#include "core/tile/entropic/plan_steps.h"

namespace nms {

namespace {

/// u = ln n − ln Σ e^x of each row, then v likewise for the columns of x + u. Sums are scaled so that their largest term is
/// 1.
template <int P> void firstScaling(EntropicWork &work)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, blocks = Blocks<P>::count;
    const Line n = Line::all(work.n);
    for (int block = 0; block < blocks; ++block) {
        const double *x = work.exponents + Blocks<P>::at(block, 0);
        Line most = Line::load(x), sum = Line::load(work.rowRest + block * W);
        for (int j = 1; j < work.m; ++j)
            most = max(most, Line::load(x + j * W));
        for (int j = 0; j < work.m; ++j)
            sum = sum + exponential(Line::load(x + j * W) - most);
        const Line u = logarithm(n / sum) - most;
        // The potential of padding is 0, but −∞ while columns are summed.
        const Line padding = Line::load(work.rowRest + block * W);
        whereLess(Line::all(0), padding, Line::all(0), u).store(work.u + block * W);
        const Line own = whereLess(Line::all(0), padding, Line::all(-1e6), u);
        for (int j = 0; j < P; ++j)
            (Line::load(x + j * W) + own).store(work.capped + Blocks<P>::at(block, j));
    }
    for (int first = 0; first < P; first += W) {
        Line most[W], sums[W];
        eachPlace<W>([&](auto c) __attribute__((always_inline)) {
            most[c] = Line::load(work.capped + Blocks<P>::at(0, first + c));
            for (int block = 1; block < blocks; ++block)
                most[c] = max(most[c], Line::load(work.capped + Blocks<P>::at(block, first + c)));
        });
        const Line highest = acrossLanes<W>(most, Greatest());
        alignas(64) double each[W];
        highest.store(each);
        eachPlace<W>([&](auto c) __attribute__((always_inline)) {
            sums[c] = Line::all(0);
            for (int block = 0; block < blocks; ++block)
                sums[c] =
                    sums[c] + exponential(Line::load(work.capped + Blocks<P>::at(block, first + c)) - Line::all(each[c]));
        });
        const Line v = logarithm(n / acrossLanes<W>(sums, Plus())) - highest;
        whereLess(Line::all(0), Line::load(work.columnRest + first), Line::all(0), v).store(work.v + first);
    }
}

/// Rows: r = n / Σ S, that is, 1/w becomes n / Σ min(w, K·q). Columns: q ·= n / Σ r·S, where r·S is min(w, K·q) divided by
/// the new w.
template <int P> int scale(EntropicWork &work, int count, double tolerance)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, blocks = Blocks<P>::count;
    const Line n = Line::all(work.n), perN = Line::all(1 / work.n);
    for (int done = 0; done < count; ++done) {
        Line sums[blocks], factors[blocks];
        rowSums<P>(work, sums);
        if (tolerance >= 0 && rowResidual<P>(work, sums, factors) <= tolerance &&
            columnResidual<P>(work, factors) <= tolerance)
            return done;
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
            factors[b] = n / sums[b];
            Line::load(work.w + b * W).store(work.wBefore + b * W);
            (sums[b] * perN).store(work.w + b * W);
        });
        columnSums<P>(
            work, factors, [&](int first, Line columns) __attribute__((always_inline)) {
                const Line q = Line::load(work.q + first);
                q.store(work.qBefore + first);
                (q * (n / columns)).store(work.q + first);
            });
    }
    return count;
}

} // namespace

} // namespace nms
