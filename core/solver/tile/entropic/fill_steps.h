// SPDX-License-Identifier: Apache-2.0
// Exact projections onto {row sums n, S ≤ 1} and {column sums n, S ≤ 1}, a Newton step at a time.
#pragma once

#include "core/solver/tile/entropic/fill_kernels.h"
#include "core/solver/tile/entropic/line_reductions.h"
#include "core/solver/tile/simd/real_functions.h"
#include "core/solver/tile/simd/transpose.h"

namespace nms {

namespace {

/// How far numbers go.
template <class T> struct FillRange;
template <> struct FillRange<double> {
    static constexpr double factor = 1e40; // or 1 over it: beyond it is time for a rebase
    static constexpr double step = 1e100; // of a level at once, and where all entries are 0, until a rebase shows them
    static constexpr double sharpened = 1e65; // what is beyond this or 1 over it is cut off or lost when sharpened
    static constexpr double infinity = 1e300;
    static constexpr double past = 1 + 0x1p-50; // takes a level past an entry
    static constexpr double settled = 1e-14; // relative, of an exact level
};
template <> struct FillRange<float> {
    static constexpr float factor = 1e5F;
    static constexpr float step = 1e10F;
    static constexpr float sharpened = 1e8F;
    static constexpr float infinity = 1e38F;
    static constexpr float past = 1 + 0x1p-21F;
    static constexpr float settled = 1e-6F;
};

/// Four such numbers, and a score, have a finite sum.
template <class T> NMS_REALS T inRange(double x)
{
    const double most = double(FillRange<T>::infinity) / 8;
    return T(x < -most ? -most : x > most ? most : x);
}

template <int P, class T> struct FillShape {
    static constexpr int widest = sizeof(T) == 8 ? 8 : 16;
    static constexpr int lanes = P < widest ? P : widest;
    using Line = Reals<lanes, T>;
};

/// body(first) for the lines first … first + W − 1.
template <int P, class T, class F> NMS_REALS void eachBlock(F &&body)
{
    for (int first = 0; first < P; first += FillShape<P, T>::lanes)
        body(first);
}

template <int P, class T> NMS_REALS void turnKernel(FillWork<T> &work)
{
    using Line = Reals<P, T>;
    constexpr int L = Line::lanes;
    for (int i = 0; i < P; i += L)
        for (int j = 0; j < P; j += L) {
            typename Line::Vector square[L];
            eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                square[k] = *reinterpret_cast<const typename Line::Vector *>(work.kernel + (i + k) * P + j);
            });
            exchangeAll<L / 2>(square);
            eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                *reinterpret_cast<typename Line::Vector *>(work.turned + (j + k) * P + i) = square[k];
            });
        }
}

template <int P, class T> void buildKernel(FillWork<T> &work)
{
    using Line = typename FillShape<P, T>::Line;
    // What all u lose all v gain: so neither is far from 0 where single precision is coarse.
    const double shift = work.v[0];
    alignas(64) T columns[P];
    for (int j = 0; j < P; ++j)
        columns[j] = inRange<T>(work.v[j] - shift) - work.rest[j] * T(1e6); // padding goes below all that is not 0
    const Line scale = Line::all(T(work.scoreToExponent));
    for (int i = 0; i < work.m; ++i) {
        const Line row = Line::all(inRange<T>(work.u[i] + shift));
        eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
            const Line x = Line::ofFloats(work.scores + i * P + first) * scale + (row + Line::load(columns + first));
            exponential(x).store(work.kernel + i * P + first);
        });
    }
    for (int k = work.m * P; k < P * P; ++k)
        work.kernel[k] = 0;
    turnKernel<P, T>(work);
    work.rowResidual = work.columnResidual = -1;
}

/// Of W lines of entries x = table·others: Σ of those not above the level and `rest`, and their number.
template <int P, class T>
NMS_REALS void lookAtLevel(const T *table, const T *others, typename FillShape<P, T>::Line level,
                           typename FillShape<P, T>::Line rest, typename FillShape<P, T>::Line &below,
                           typename FillShape<P, T>::Line &count)
{
    using Line = typename FillShape<P, T>::Line;
    Line sums[2] = {rest, Line::all(0)}, counts[2] = {Line::all(0), Line::all(0)}; // for the sake of latency
#pragma GCC unroll 4
    for (int k = 0; k < P; k += 2) {
        addNotAbove(Line::load(table + k * P) * Line::all(others[k]), level, sums[0], counts[0]);
        addNotAbove(Line::load(table + (k + 1) * P) * Line::all(others[k + 1]), level, sums[1], counts[1]);
    }
    below = sums[0] + sums[1];
    count = counts[0] + counts[1];
}

/// Their least entry above the level.
template <int P, class T>
NMS_REALS typename FillShape<P, T>::Line leastAbove(const T *table, const T *others, typename FillShape<P, T>::Line level)
{
    using Line = typename FillShape<P, T>::Line;
    const Line infinity = Line::all(FillRange<T>::infinity);
    Line next = infinity;
#pragma GCC unroll 4
    for (int k = 0; k < P; ++k) {
        const Line x = Line::load(table + k * P) * Line::all(others[k]);
        next = min(next, whereLess(level, x, x, infinity));
    }
    return next;
}

/// One side as it stands: for every line the level that is 1 over its factor, and what lies below.
template <int P, class T> struct FillSide {
    const T *table; // these lines in the lanes
    const T *rest;
    alignas(64) T others[P]; // factors of the other side
    alignas(64) T levels[P];
    alignas(64) T below[P];
    alignas(64) T count[P];
};

template <int P, class T> NMS_REALS void setTables(const FillWork<T> &work, FillSide<P, T> &rows, FillSide<P, T> &columns)
{
    rows.table = work.turned;
    columns.table = work.kernel;
    rows.rest = columns.rest = work.rest;
}

/// Fills in below and count. Of each lane the greatest |Σ S − n|.
template <int P, class T> NMS_REALS typename FillShape<P, T>::Line look(FillSide<P, T> &side, int n)
{
    using Line = typename FillShape<P, T>::Line;
    Line off = Line::all(0);
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
        const Line level = Line::load(side.levels + first);
        Line below, count;
        lookAtLevel<P, T>(side.table + first, side.others, level, Line::load(side.rest + first), below, count);
        below.store(side.below + first);
        count.store(side.count + first);
        off = max(off, distance(below / level, count - Line::all(T(P - n))));
    });
    return off;
}

/// The level of one block of lines at which Σ min(level, x) = n·level, where a step from `level` needs care: n entries or
/// more lie above it, or the level is to be exact.
template <int P, class T>
[[gnu::noinline]] void fillWithCare(const FillSide<P, T> &side, int first, int n, bool exact, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    using Range = FillRange<T>;
    const Line zero = Line::all(0), most = Line::all(T(P - n)), one = Line::all(1);
    Line level = Line::load(side.levels + first), below = Line::load(side.below + first),
         count = Line::load(side.count + first);
    for (int looks = 0;; ++looks) {
        const Line owed = count - most; // n less the number above
        const Line next = leastAbove<P, T>(side.table + first, side.others, level);
        // Of the second: Newton's step when one entry more is not above.
        const Line least = max(below, level * Line::all(1 / Range::step));
        const Line wanted = whereLess(zero, owed, least, next + below) / whereLess(zero, owed, owed, one);
        const bool again =
            anyLess(owed, zero) || (exact && anyLess(Line::all(Range::settled) * level, distance(wanted, level)));
        wanted.store(to);
        if (looks == 2 * P || !again)
            return;
        level = whereLess(owed, zero, next * Line::all(Range::past), exact ? wanted : level);
        lookAtLevel<P, T>(side.table + first, side.others, level, Line::load(side.rest + first), below, count);
    }
}

/// The levels to be: by a Newton step for a concave, piecewise linear function, exact as soon as the entries above the level
/// are the right ones; from above it never passes the root. By several, if it is to be `exact`. Then `beyond` of the way
/// further, within a factor 2, and within what a rebase can take.
template <int P, class T> NMS_REALS void step(FillSide<P, T> &side, int n, bool exact, T beyond, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    using Range = FillRange<T>;
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
        const Line level = Line::load(side.levels + first);
        const Line owed = Line::load(side.count + first) - Line::all(T(P - n));
        Line wanted;
        if (exact || anyLess(owed, Line::all(1))) {
            alignas(64) T line[FillShape<P, T>::lanes];
            fillWithCare<P, T>(side, first, n, exact, line);
            wanted = Line::load(line);
        } else {
            wanted = max(Line::load(side.below + first), level * Line::all(1 / Range::step)) / owed;
        }
        if (beyond > 0) {
            // The factor 1/wanted + beyond·(1/wanted − 1/level), as a level.
            const Line quarter = level * Line::all(T(0.25));
            const Line further = wanted * level / max(level + Line::all(beyond) * (level - wanted), quarter);
            wanted = min(max(further, wanted * Line::all(T(0.5))), wanted * Line::all(2));
        }
        min(max(wanted, Line::all(1 / Range::step)), Line::all(Range::step)).store(to + first);
    });
}

template <int P, class T> NMS_REALS void reciprocals(const T *of, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    eachBlock<P, T>([&](int first)
                        __attribute__((always_inline)) { (Line::all(1) / Line::load(of + first)).store(to + first); });
}

template <int P, class T> NMS_REALS void copyLine(const T *from, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) { Line::load(from + first).store(to + first); });
}

/// Whether all factors are such that no product of them and the kernel leaves the range of numbers.
template <int P, class T> NMS_REALS bool factorsInRange(const FillWork<T> &work)
{
    using Line = typename FillShape<P, T>::Line;
    Line most = Line::all(1), least = Line::all(1);
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
        const Line w = Line::load(work.w + first), q = Line::load(work.q + first);
        most = max(most, max(w, q));
        least = min(least, min(w, q));
    });
    return !anyLess(Line::all(FillRange<T>::factor), most) && !anyLess(least, Line::all(1 / FillRange<T>::factor));
}

/// factor·(u − ln w) and factor·(v + ln q).
template <int P, class T> NMS_REALS void potentialsOf(const FillWork<T> &work, double factor, double *rows, double *columns)
{
    constexpr int W = P < 8 ? P : 8;
    using Line = Reals<W>;
    alignas(64) double w[P], q[P];
    for (int k = 0; k < P; ++k) {
        w[k] = double(work.w[k]);
        q[k] = double(work.q[k]);
    }
    const Line by = Line::all(factor);
    for (int k = 0; k < P; k += W) {
        (by * (Line::load(work.u + k) - logarithm(Line::load(w + k)))).store(rows + k);
        (by * (Line::load(work.v + k) + logarithm(Line::load(q + k)))).store(columns + k);
    }
}

template <class T> NMS_REALS void resetFactors(FillWork<T> &work, int count)
{
    for (int k = 0; k < count; ++k)
        work.w[k] = work.q[k] = 1;
}

/// Whether |Σ S − n| is off by no more than `tolerance` of n, which then goes into `residual`.
template <int W, class T> NMS_REALS bool isWithin(Reals<W, T> off, int n, double tolerance, double &residual)
{
    constexpr double roundingAside = 1 + 1e-6;
    if (anyLess(Reals<W, T>::all(T(tolerance * n * roundingAside)), off))
        return false;
    residual = double(largest(off)) / n;
    return residual <= tolerance;
}

/// A look at both sides; at the columns only where the rows are within `tolerance`.
template <int P, class T>
NMS_REALS bool lookAtBoth(FillWork<T> &work, FillSide<P, T> &rows, FillSide<P, T> &columns, double tolerance)
{
    copyLine<P, T>(work.w, rows.levels);
    copyLine<P, T>(work.q, rows.others);
    if (!isWithin(look<P, T>(rows, work.n), work.n, tolerance, work.rowResidual))
        return false;
    reciprocals<P, T>(work.q, columns.levels);
    reciprocals<P, T>(work.w, columns.others);
    return isWithin(look<P, T>(columns, work.n), work.n, tolerance, work.columnResidual);
}

template <int P, class T> void residuals(FillWork<T> &work)
{
    FillSide<P, T> rows, columns;
    setTables(work, rows, columns);
    lookAtBoth<P, T>(work, rows, columns, FillRange<float>::infinity);
}

template <int P, class T> int fill(FillWork<T> &work, int done, int end, FillStep how, double tolerance)
{
    FillSide<P, T> rows, columns;
    setTables(work, rows, columns);
    const int begin = done;
    for (; done < end; ++done) {
        if (lookAtBoth<P, T>(work, rows, columns, done > 0 ? tolerance : -1))
            return done - begin;
        const T beyond = T(done > 0 ? how.beyond : 0);
        step<P, T>(rows, work.n, how.exact, beyond, work.w);
        reciprocals<P, T>(work.q, columns.levels);
        reciprocals<P, T>(work.w, columns.others);
        look<P, T>(columns, work.n);
        step<P, T>(columns, work.n, how.exact, beyond, columns.levels);
        reciprocals<P, T>(columns.levels, work.q);
        if (!factorsInRange<P, T>(work)) {
            potentialsOf<P, T>(work, 1, work.u, work.v);
            resetFactors(work, P);
            buildKernel<P, T>(work);
        }
    }
    work.rowResidual = work.columnResidual = -1;
    return end - begin;
}

/// The same plan at four times τ: K⁴ of what K·q/w has become, and no factors.
template <int P, class T> void sharpen(const FillWork<T> &from, FillWork<T> &to)
{
    using Line = typename FillShape<P, T>::Line;
    to.n = from.n;
    to.m = from.m;
    to.scores = from.scores;
    to.scoreToExponent = 4 * from.scoreToExponent;
    to.rowResidual = to.columnResidual = -1;
    potentialsOf<P, T>(from, 4, to.u, to.v);
    resetFactors(to, P);
    copyLine<P, T>(from.rest, to.rest);
    alignas(64) T p[P];
    reciprocals<P, T>(from.w, p);
    const Line most = Line::all(FillRange<T>::sharpened), least = Line::all(1 / FillRange<T>::sharpened);
    const auto raise = [&](const T *table, const T *ofRow, const T *ofLane, T *out) __attribute__((always_inline))
    {
        for (int k = 0; k < P; ++k) {
            const Line factor = Line::all(ofRow[k]);
            eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
                const Line x = Line::load(table + k * P + first) * factor * Line::load(ofLane + first);
                const Line y = min(x, most), square = y * y;
                whereLess(y, least, Line::all(0), square * square).store(out + k * P + first);
            });
        }
    };
    raise(from.kernel, p, from.q, to.kernel);
    raise(from.turned, from.q, p, to.turned);
}

template <int P, class T> void thresholds(const FillWork<T> &work, double *alpha, double *beta)
{
    alignas(64) double rows[P], columns[P];
    potentialsOf<P, T>(work, work.scoreToExponent > 0 ? -1 / work.scoreToExponent : 0, rows, columns);
    for (int k = 0; k < work.m; ++k) {
        alpha[k] = rows[k];
        beta[k] = columns[k];
    }
}

template <int P, class T> void excess(const FillWork<T> &work, const double *alpha, const double *beta, float *out)
{
    using Line = typename FillShape<P, float>::Line;
    alignas(64) float columns[P] = {};
    for (int j = 0; j < work.m; ++j)
        columns[j] = inRange<float>(beta[j]);
    for (int i = 0; i < work.m; ++i) {
        const Line row = Line::all(inRange<float>(alpha[i]));
        eachBlock<P, float>([&](int first) __attribute__((always_inline)) {
            ((Line::load(work.scores + i * P + first) - row) - Line::load(columns + first)).store(out + i * P + first);
        });
    }
}

} // namespace

} // namespace nms
