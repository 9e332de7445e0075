// SPDX-License-Identifier: Apache-2.0
// One side of water-filling: the state of its rows (or columns) at the current levels, and the levels that follow from it.
#pragma once

#include "core/simd/reals.h"
#include "core/tile/entropic/line_reductions.h"

namespace nms {

namespace {

/// Limits of factors and levels of the number type T.
template <class T> struct FillRange;
template <> struct FillRange<double> {
    static constexpr double factor = 1e40; // a factor beyond this, or below its reciprocal, requires a rebase
    static constexpr double step = 1e100; // limit of a level, also where all entries are 0, until a rebase
    static constexpr double sharpened = 1e65; // values beyond this or below its reciprocal are clamped or lost by sharpening
    static constexpr double infinity = 1e300;
    static constexpr double past = 1 + 0x1p-50; // moves a level just past an entry
    static constexpr double settled = 1e-14; // relative tolerance of an exact level
};
template <> struct FillRange<float> {
    static constexpr float factor = 1e5F;
    static constexpr float step = 1e10F;
    static constexpr float sharpened = 1e8F;
    static constexpr float infinity = 1e38F;
    static constexpr float past = 1 + 0x1p-21F;
    static constexpr float settled = 1e-6F;
};

/// Clamps x so that the sum of four such numbers and a score is finite.
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

/// Calls body(first) for blocks of W lines, first … first + W − 1.
template <int P, class T, class F> NMS_REALS void eachBlock(F &&body)
{
    for (int first = 0; first < P; first += FillShape<P, T>::lanes)
        body(first);
}

/// For W lines with entries x = table·others: the sum of the entries not above the level plus `rest`, and the number of
/// these entries.
template <int P, class T>
NMS_REALS void countAtLevel(const T *table, const T *others, typename FillShape<P, T>::Line level,
                            typename FillShape<P, T>::Line rest, typename FillShape<P, T>::Line &below,
                            typename FillShape<P, T>::Line &count)
{
    using Line = typename FillShape<P, T>::Line;
    Line sums[2] = {rest, Line::all(0)}, counts[2] = {Line::all(0), Line::all(0)}; // two accumulators, to hide latency
#pragma GCC unroll 4
    for (int k = 0; k < P; k += 2) {
        addNotAbove(Line::load(table + k * P) * Line::all(others[k]), level, sums[0], counts[0]);
        addNotAbove(Line::load(table + (k + 1) * P) * Line::all(others[k + 1]), level, sums[1], counts[1]);
    }
    below = sums[0] + sums[1];
    count = counts[0] + counts[1];
}

/// The smallest entry above the level, in each of these lines.
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

/// The current state of one side: for every line its level, which is the reciprocal of its factor, and the sum and number
/// of the entries below.
template <int P, class T> struct FillSide {
    alignas(64) T others[P]; // factors of the other side
    const T *table; // with the lines of this side in the lanes
    const T *rest;
    alignas(64) T levels[P];
    alignas(64) T below[P];
    alignas(64) T count[P];
};

/// Computes `below` and `count`. Returns for each lane the largest |Σ S − n| of its lines.
template <int P, class T> NMS_REALS typename FillShape<P, T>::Line countAtLevels(FillSide<P, T> &side, int n)
{
    using Line = typename FillShape<P, T>::Line;
    Line off = Line::all(0);
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
        const Line level = Line::load(side.levels + first);
        Line below, count;
        countAtLevel<P, T>(side.table + first, side.others, level, Line::load(side.rest + first), below, count);
        below.store(side.below + first);
        count.store(side.count + first);
        off = max(off, distance(below / level, count - Line::all(T(P - n))));
    });
    return off;
}

/// The level of one block of lines at which Σ min(level, x) = n·level, for the cases that need more than a single Newton
/// step: n or more entries lie above the current level, or the level must be exact.
template <int P, class T>
[[gnu::noinline]] void solveLevelSafely(const FillSide<P, T> &side, int first, int n, bool exact, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    using Range = FillRange<T>;
    const Line zero = Line::all(0), most = Line::all(T(P - n)), one = Line::all(1);
    Line level = Line::load(side.levels + first), below = Line::load(side.below + first),
         count = Line::load(side.count + first);
    for (int looks = 0;; ++looks) {
        const Line owed = count - most; // n minus the number of entries above
        const Line next = leastAbove<P, T>(side.table + first, side.others, level);
        // Where owed is 0: Newton's step as if one more entry were not above the level.
        const Line least = max(below, level * Line::all(1 / Range::step));
        const Line wanted = whereLess(zero, owed, least, next + below) / whereLess(zero, owed, owed, one);
        const bool again =
            anyLess(owed, zero) || (exact && anyLess(Line::all(Range::settled) * level, distance(wanted, level)));
        wanted.store(to);
        if (looks == 2 * P || !again)
            return;
        level = whereLess(owed, zero, next * Line::all(Range::past), exact ? wanted : level);
        countAtLevel<P, T>(side.table + first, side.others, level, Line::load(side.rest + first), below, count);
    }
}

/// The new levels: one Newton step for a concave, piecewise linear function, which is exact as soon as the set of entries
/// above the level is the right one, and from above never passes the root; several steps where `exact`. Then
/// over-relaxation by `beyond`, within a factor of 2 and within what a rebase can represent.
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
            solveLevelSafely<P, T>(side, first, n, exact, line);
            wanted = Line::load(line);
        } else {
            wanted = max(Line::load(side.below + first), level * Line::all(1 / Range::step)) / owed;
        }
        if (beyond > 0) {
            // The over-relaxed factor is 1/wanted + beyond·(1/wanted − 1/level); here as a level, its reciprocal.
            const Line quarter = level * Line::all(T(0.25));
            const Line further = wanted * level / max(level + Line::all(beyond) * (level - wanted), quarter);
            wanted = min(max(further, wanted * Line::all(T(0.5))), wanted * Line::all(2));
        }
        min(max(wanted, Line::all(1 / Range::step)), Line::all(Range::step)).store(to + first);
    });
}

} // namespace

} // namespace nms
