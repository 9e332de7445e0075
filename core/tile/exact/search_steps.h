// SPDX-License-Identifier: Apache-2.0
// Shortest augmenting paths from all sources (rows below n, columns above n) to all sinks (rows above n, columns below n).
//
// An entry that is not kept is an arc from its row to its column of length α + β − A, a kept one an arc back of length A −
// α − β; complementary slackness says that no length is negative. With d the distances from the sources, α + d and β − d
// are the next potentials, and the search computes these directly: h = max(A − g) over the entries that a column can take,
// g = min(A − h) over those that a row can give up. Relaxing the arcs of a line is one subtraction and one maximum over all
// lines of the other side, and depends on nothing but the line's own value; settling lines one by one (Dijkstra) would
// depend on finding the nearest line each time.
#pragma once

#include "core/tile/exact/mask_steps.h"

namespace nms {

namespace {

/// The lines of one side (all rows or all columns) during a search.
template <int P> struct Side {
    using Shape = LineShape<P>;
    typename Shape::Vector potential[Shape::vectors]; // at the start of the search
    typename Shape::Vector reached[Shape::vectors]; // α + d or β − d; for lines not reached, a value that any other improves
    alignas(64) std::int32_t reachedAt[P]; // the same in memory
    std::uint64_t seen; // lines that were reached
    std::uint64_t sinks;
    std::int64_t farthestSink; // the largest distance of a sink; unreachedDistance while one is not reached
};

inline constexpr std::int64_t unreachedDistance = 2147483647;

/// The potentials of rows increase by their distance, those of columns decrease.
template <bool IsRow, int P>
[[gnu::always_inline]] inline typename LineShape<P>::Vector distanceOf(const Side<P> &side, int v)
{
    using Shape = LineShape<P>;
    return IsRow ? Shape::minus(side.reached[v], side.potential[v]) : Shape::minus(side.potential[v], side.reached[v]);
}

template <bool IsRow, int P>
[[gnu::always_inline]] inline void begin(Side<P> &side, const std::int32_t *potential, std::uint64_t sources,
                                         std::uint64_t sinks)
{
    using Shape = LineShape<P>;
    const auto unreached = Shape::all(IsRow ? 2147483647 : -2147483647 - 1);
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        side.potential[v] = Shape::load(potential, v);
        side.reached[v] = Shape::Ops::select(Shape::ofBits(sources, v), side.potential[v], unreached);
        Shape::store(side.reachedAt, v, side.reached[v]);
    });
    side.seen = sources;
    side.sinks = sinks;
    side.farthestSink = sinks ? unreachedDistance : 0;
}

/// Relaxes the arcs from the lines `from` of one side to the other. Returns the lines whose distance decreased.
template <bool FromRows, int P>
[[gnu::always_inline]] inline std::uint64_t relax(const ExactWork &work, const Side<P> &side, std::uint64_t from,
                                                  Side<P> &to, const std::int32_t *potential)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    const std::int32_t *table = FromRows ? work.scores : work.transposed;
    Vector reached[Shape::vectors];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) { reached[v] = to.reached[v]; });
    for (; from; from &= from - 1) {
        const int line = lowestBit(from);
        const std::uint64_t arcs = FromRows ? ~work.rows[line] : work.columns[line];
        const Vector at = Shape::all(side.reachedAt[line]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector through = Shape::minus(Shape::load(table + line * P, v), at);
            const auto open = Shape::ofBits(arcs, v);
            reached[v] = FromRows ? Ops::maxWhere(open, reached[v], through) : Ops::minWhere(open, reached[v], through);
        });
    }
    std::uint64_t nearer = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        nearer |= Shape::bits(FromRows ? Ops::less(to.reached[v], reached[v]) : Ops::less(reached[v], to.reached[v]), v);
        to.reached[v] = reached[v];
        Shape::store(to.reachedAt, v, reached[v]);
    });
    nearer &= firstBits(work.m);
    to.seen |= nearer;
    if (nearer & to.sinks) {
        std::int64_t farthest = 0;
        for (std::uint64_t sinks = to.sinks; sinks; sinks &= sinks - 1) {
            const int line = lowestBit(sinks);
            const std::int64_t moved = std::int64_t(to.reachedAt[line]) - potential[line];
            const std::int64_t distance = FromRows ? -moved : moved;
            farthest = distance > farthest ? distance : farthest;
        }
        to.farthestSink = farthest < unreachedDistance ? farthest : unreachedDistance;
    }
    return nearer;
}

/// Those of `lines` that are nearer than `distance`.
template <bool IsRow, int P>
[[gnu::always_inline]] inline std::uint64_t nearerThan(const Side<P> &side, std::int64_t distance, std::uint64_t lines)
{
    using Shape = LineShape<P>;
    std::uint64_t nearer = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        nearer |= Shape::bits(Shape::Ops::less(distanceOf<IsRow>(side, v), Shape::all(std::int32_t(distance))), v);
    });
    return nearer & lines;
}

/// Moves the potentials by the distances, at most by `farthest`, which preserves complementary slackness.
template <bool IsRow, int P>
[[gnu::always_inline]] inline void movePotentials(const Side<P> &side, std::int64_t farthest, std::int32_t *potential)
{
    using Shape = LineShape<P>;
    const auto by = Shape::all(std::int32_t(farthest));
    const std::uint64_t nearer = nearerThan<IsRow>(side, farthest, side.seen);
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        const auto moved = IsRow ? Shape::plus(side.potential[v], by) : Shape::minus(side.potential[v], by);
        Shape::store(potential, v, Shape::Ops::select(Shape::ofBits(nearer, v), side.reached[v], moved));
    });
}

/// The rounds of a search. Even rounds go from rows to columns, odd rounds back.
template <int P> struct Rounds {
    int count = 0;
    std::uint64_t from[2 * P + 2]; // lines whose arcs were relaxed
    std::uint64_t nearer[2 * P + 2]; // lines of the other side whose distance decreased
};

/// The entries through which `line` got its distance, as lines of the other side: entries that a column could take or a row
/// give up.
template <bool IsRow, int P>
[[gnu::always_inline]] inline std::uint64_t shortestArcsTo(const ExactWork &work, int line, const Side<P> &side,
                                                           const Side<P> &other)
{
    using Shape = LineShape<P>;
    const std::int32_t *table = (IsRow ? work.scores : work.transposed) + line * P;
    const auto reached = Shape::all(side.reachedAt[line]);
    std::uint64_t arcs = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        arcs |= Shape::bits(Shape::Ops::equal(Shape::minus(Shape::load(table, v), reached), other.reached[v]), v);
    });
    return arcs & (IsRow ? work.rows[line] : ~work.columns[line]);
}

/// Follows a path from a sink back to a source, one round earlier with every step: `from` of the rounds must only contain
/// lines whose distance was final then. Applies the path, if it still exists.
template <int P>
void applyPath(ExactWork &work, const Rounds<P> &rounds, const Side<P> &rowSide, const Side<P> &columnSide, int sink,
               bool sinkIsRow)
{
    int round = rounds.count - 1;
    round -= int((round & 1) != int(sinkIsRow));
    while (!(rounds.nearer[round] >> sink & 1))
        round -= 2;
    std::uint8_t path[2 * P + 2];
    int length = 0;
    int line = sink;
    bool isRow = sinkIsRow;
    do {
        std::uint64_t arcs = 0;
        if (round >= 0)
            arcs = rounds.from[round] &
                (isRow ? shortestArcsTo<true>(work, line, rowSide, columnSide)
                       : shortestArcsTo<false>(work, line, columnSide, rowSide));
        if (!arcs)
            return; // another path has used an entry of this one
        line = lowestBit(arcs);
        path[length++] = std::uint8_t(line);
        isRow = !isRow;
        --round;
    } while (!((isRow ? work.rowsBelow : work.columnsAbove) >> line & 1));
    const auto recountLine = [&](bool ofRow, int k) __attribute__((always_inline))
    {
        if (ofRow)
            recount(work.rows[k], k, work.n, work.rowsBelow, work.rowsAbove);
        else
            recount(work.columns[k], k, work.n, work.columnsBelow, work.columnsAbove);
    };
    int to = sink;
    bool toRow = sinkIsRow;
    for (int k = 0; k < length; ++k) {
        const int i = toRow ? to : path[k], j = toRow ? path[k] : to;
        work.rows[i] ^= std::uint64_t(1) << j;
        work.columns[j] ^= std::uint64_t(1) << i;
        to = path[k];
        toRow = !toRow;
    }
    recountLine(isRow, line);
    recountLine(sinkIsRow, sink);
}

/// Finds the distances up to the farthest sink, then augments along a path to every sink for which a path still exists when
/// it is processed: rows before columns, lowest number first.
template <int P> void augment(ExactWork &work)
{
    Side<P> rows, columns;
    begin<true>(rows, work.alpha, work.rowsBelow, work.rowsAbove);
    begin<false>(columns, work.beta, work.columnsAbove, work.columnsBelow);
    const auto farthest = [&]() __attribute__((always_inline))
    {
        return rows.farthestSink > columns.farthestSink ? rows.farthestSink : columns.farthestSink;
    };
    Rounds<P> rounds;
    std::uint64_t from = work.rowsBelow, waiting = work.columnsAbove;
    while (true) {
        rounds.from[rounds.count] = from;
        std::uint64_t nearer = relax<true>(work, rows, from, columns, work.beta);
        rounds.nearer[rounds.count++] = nearer;
        from = nearerThan<false>(columns, farthest(), nearer) | waiting;
        waiting = 0;
        if (!from)
            break;
        rounds.from[rounds.count] = from;
        nearer = relax<false>(work, columns, from, rows, work.alpha);
        rounds.nearer[rounds.count++] = nearer;
        from = nearerThan<true>(rows, farthest(), nearer);
        if (!from)
            break;
    }
    movePotentials<true>(rows, farthest(), work.alpha);
    movePotentials<false>(columns, farthest(), work.beta);
    std::uint64_t later[2] = {0, 0}; // rows and columns whose distance decreased after a round
    for (int round = rounds.count - 1; round >= 0; --round) {
        rounds.from[round] &= ~later[round & 1];
        later[~round & 1] |= rounds.nearer[round];
    }
    for (std::uint64_t sinks = rows.sinks; sinks; sinks &= sinks - 1)
        applyPath(work, rounds, rows, columns, lowestBit(sinks), true);
    for (std::uint64_t sinks = columns.sinks; sinks; sinks &= sinks - 1)
        applyPath(work, rounds, rows, columns, lowestBit(sinks), false);
}

} // namespace

} // namespace nms
