// SPDX-License-Identifier: Apache-2.0
// Exact projections onto {row sums n, S ≤ 1} and {column sums n, S ≤ 1}, a Newton step at a time.
#pragma once

#include "core/solver/tile/entropic/plan_steps.h"
#include "core/solver/tile/simd/transpose.h"

namespace nms {

namespace {

/// The kernel by columns: what the columns' half of an iteration reads.
template <int P> void turnKernel(EntropicWork &work)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, L = Line::lanes, parts = Line::parts;
    for (int block = 0; block < Blocks<P>::count; ++block)
        for (int first = 0; first < P; first += W)
            for (int a = 0; a < parts; ++a)
                for (int b = 0; b < parts; ++b) {
                    typename Line::Vector square[L];
                    const double *from = work.kernel + Blocks<P>::at(block, first + a * L) + b * L;
                    double *to = work.turned + Blocks<P>::at(first / W, block * W + b * L) + a * L;
                    eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                        square[k] = *reinterpret_cast<const typename Line::Vector *>(from + k * W);
                    });
                    exchangeAll<L / 2>(square);
                    eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                        *reinterpret_cast<typename Line::Vector *>(to + k * W) = square[k];
                    });
                }
}

/// What one look at W lines of entries x and their levels finds out.
template <int W> struct LevelLook {
    Reals<W> below = Reals<W>::all(0); // Σ of the entries not above the level
    Reals<W> count = Reals<W>::all(0); // and their number
    Reals<W> next = Reals<W>::all(1e300); // the least entry above
};

template <int P>
NMS_REALS LevelLook<Blocks<P>::lanes> lookAtLevel(const double *kernel, const double *others, int block,
                                                  typename Blocks<P>::Line level, typename Blocks<P>::Line rest)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, chains = P < 16 ? 2 : 4;
    LevelLook<W> looks[chains];
    looks[0].below = rest;
    eachColumn<P>([&](int j, auto place) __attribute__((always_inline)) {
        LevelLook<W> &look = looks[place % chains];
        const Line x = Line::load(kernel + Blocks<P>::at(block, j)) * Line::all(others[j]);
        addNotAbove(x, level, look.below, look.count, look.next);
    });
    for (int k = chains / 2; k > 0; k /= 2)
        for (int c = 0; c < k; ++c) {
            looks[c].below = looks[c].below + looks[c + k].below;
            looks[c].count = looks[c].count + looks[c + k].count;
            looks[c].next = min(looks[c].next, looks[c + k].next);
        }
    return looks[0];
}

/// Of every line, one over the level at which Σ min(w, x) = n·w over its entries x = kernel·others. From `levels`: by a
/// Newton step for a concave, piecewise linear function, exact as soon as the entries above the level are the right ones;
/// from above it never passes the root. By several, if it is to be `exact`. Where n entries or more lie above the level, it
/// first passes the least of them. `before` tells of the first look.
template <int P>
NMS_REALS void fillLines(const EntropicWork &work, const double *kernel, const double *others, const double *rest,
                         bool exact, const typename Blocks<P>::Line (&levels)[Blocks<P>::count],
                         typename Blocks<P>::Line (&factors)[Blocks<P>::count],
                         LevelLook<Blocks<P>::lanes> (&before)[Blocks<P>::count])
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, blocks = Blocks<P>::count;
    constexpr double largestStep = 1e100; // where all entries are 0, until a rebase shows them
    const Line zero = Line::all(0), one = Line::all(1), most = Line::all(P - work.n);
    Line level[blocks], owed[blocks], past[blocks];
    eachPlace<blocks>([&](auto b) __attribute__((always_inline)) { level[b] = levels[b]; });
    for (int looks = 0;; ++looks) {
        Line least = zero, moved = zero;
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
            const auto look = lookAtLevel<P>(kernel, others, b, level[b], Line::load(rest + b * W));
            if (looks == 0)
                before[b] = look;
            owed[b] = look.count - most; // n less the number above
            past[b] = look.next * Line::all(1 + 0x1p-50);
            // Of the second: Newton's step when one entry more is not above.
            factors[b] = whereLess(zero, owed[b], owed[b], one) /
                whereLess(zero, owed[b], max(look.below, level[b] * Line::all(1 / largestStep)), past[b] + look.below);
            least = min(least, owed[b]);
            if (exact)
                moved = max(moved, distance(factors[b] * level[b], one));
        });
        const bool again = anyLess(least, zero) || (exact && anyLess(Line::all(1e-14), moved));
        if (looks == 2 * P || !again)
            return;
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
            level[b] = whereLess(owed[b], zero, past[b], exact ? one / factors[b] : level[b]);
        });
    }
}

/// `beyond` of the way further, within a factor 2, and within what a rebase can take.
template <int W> NMS_REALS Reals<W> relaxed(Reals<W> factor, Reals<W> level, double beyond)
{
    const Reals<W> further = factor + Reals<W>::all(beyond) * (factor - Reals<W>::all(1) / level);
    const Reals<W> near = min(max(further, factor * Reals<W>::all(0.5)), factor * Reals<W>::all(2));
    return min(max(near, Reals<W>::all(1e-100)), Reals<W>::all(1e100));
}

/// Whether all factors are such that no product of them and the kernel leaves the range of numbers.
template <int P> NMS_REALS bool factorsInRange(const EntropicWork &work)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    Line most = Line::all(1), least = Line::all(1);
    for (int k = 0; k < P; k += W) {
        const Line w = Line::load(work.w + k), q = Line::load(work.q + k);
        most = max(most, max(w, q));
        least = min(least, min(w, q));
    }
    return !anyLess(Line::all(1e40), most) && !anyLess(least, Line::all(1e-40));
}

/// Rows, then columns, `count` times. Ends early, before a next one, when neither residual is above `tolerance`.
template <int P> int fill(EntropicWork &work, int count, bool exact, double beyond, double tolerance)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes, blocks = Blocks<P>::count;
    constexpr double roundingAside = 1 + 1e-9; // residuals() adds in another order
    const Line n = Line::all(work.n), enough = Line::all(tolerance * roundingAside * work.n);
    alignas(64) double p[P];
    Line levels[blocks], factors[blocks];
    LevelLook<W> looks[blocks];
    for (int done = 0; done < count; ++done) {
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) { levels[b] = Line::load(work.w + b * W); });
        fillLines<P>(work, work.kernel, work.q, work.rowRest, exact, levels, factors, looks);
        if (tolerance >= 0) {
            Line off = Line::all(0);
            eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
                const Line above = Line::all(P) - looks[b].count;
                off = max(off, distance(looks[b].below / levels[b] + above, n));
            });
            double row = 0, column = 0;
            if (!anyLess(enough, off)) {
                residuals<P>(work, row, column);
                if (row <= tolerance && column <= tolerance)
                    return done;
            }
        }
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
            const Line factor = relaxed<W>(factors[b], levels[b], beyond);
            factor.store(p + b * W);
            (Line::all(1) / factor).store(work.w + b * W);
        });
        eachPlace<blocks>([&](auto b)
                              __attribute__((always_inline)) { levels[b] = Line::all(1) / Line::load(work.q + b * W); });
        fillLines<P>(work, work.turned, p, work.columnRest, exact, levels, factors, looks);
        eachPlace<blocks>([&](auto b) __attribute__((always_inline)) {
            relaxed<W>(factors[b], levels[b], beyond).store(work.q + b * W);
        });
        if (!factorsInRange<P>(work)) {
            rebase<P>(work);
            turnKernel<P>(work);
        }
    }
    return count;
}

/// The same plan at four times τ: K⁴ of what K·q/w has become, and no factors. What is beyond 10^±⁶⁵ is cut off or lost
/// there.
template <int P> void sharpen(const EntropicWork &from, EntropicWork &to)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    to.n = from.n;
    to.m = from.m;
    to.scoreToExponent = 4 * from.scoreToExponent;
    potentialsOf<P>(from, to.u, to.v);
    for (int k = 0; k < P; k += W) {
        (Line::all(4) * Line::load(to.u + k)).store(to.u + k);
        (Line::all(4) * Line::load(to.v + k)).store(to.v + k);
        Line::all(1).store(to.w + k);
        Line::all(1).store(to.q + k);
        Line::load(from.rowRest + k).store(to.rowRest + k);
        Line::load(from.columnRest + k).store(to.columnRest + k);
    }
    const Line most = Line::all(1e65), least = Line::all(1e-65);
    for (int block = 0; block < Blocks<P>::count; ++block) {
        const Line p = Line::all(1) / Line::load(from.w + block * W);
        eachColumn<P>([&](int j, auto) __attribute__((always_inline)) {
            const int at = Blocks<P>::at(block, j);
            (Line::all(4) * Line::load(from.exponents + at)).store(to.exponents + at);
            const Line y = min(Line::load(from.kernel + at) * Line::all(from.q[j]) * p, most), square = y * y;
            whereLess(y, least, Line::all(0), square * square).store(to.kernel + at);
        });
    }
    turnKernel<P>(to);
}

/// ln of the uncapped plan, in rows of `stride`.
template <int P> void logPlan(const EntropicWork &work, double *out)
{
    constexpr int W = Blocks<P>::lanes;
    alignas(64) double rows[P], columns[P];
    potentialsOf<P>(work, rows, columns);
    for (int i = 0; i < work.m; ++i) {
        const double *from = work.exponents + Blocks<P>::at(i / W, 0) + i % W;
        for (int j = 0; j < P; ++j)
            out[i * P + j] = from[j * W] + rows[i] + columns[j];
    }
}

} // namespace

} // namespace nms
