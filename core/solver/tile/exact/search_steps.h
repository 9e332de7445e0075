// SPDX-License-Identifier: Apache-2.0
// Successive shortest paths: the lines' masks in integer registers, their distances in vectors.
#pragma once

#include "core/solver/tile/simd/lane_line.h"

namespace nms {

namespace {

constexpr std::int32_t infinite = 2147483647;

/// What is known of one side's lines (all rows or all columns) in the course of a search.
template <int P> struct Side {
    using Shape = LineShape<P>;
    typename Shape::Vector distance[Shape::vectors]; // of open lines; infinite for settled ones
    typename Shape::Vector parent[Shape::vectors]; // a line of the other side; −1 for a source
    typename Shape::Vector potential[Shape::vectors];
    std::uint64_t open; // not settled
    alignas(64) std::int32_t settledAt[P]; // 0 for open lines
};

template <int P>
[[gnu::always_inline]] inline void begin(Side<P> &side, std::uint64_t sources, const std::int32_t *potential, int m)
{
    using Shape = LineShape<P>;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        side.distance[v] = Shape::Ops::select(Shape::ofBits(sources, v), typename Shape::Vector{}, Shape::all(infinite));
        side.parent[v] = Shape::all(-1);
        side.potential[v] = Shape::load(potential, v);
        Shape::store(side.settledAt, v, typename Shape::Vector{});
    });
    side.open = firstBits(m);
}

template <int P>
[[gnu::always_inline]] inline std::uint64_t linesAt(const Side<P> &side, typename LineShape<P>::Vector distance)
{
    using Shape = LineShape<P>;
    std::uint64_t lines = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        lines |= Shape::bits(Shape::Ops::equal(side.distance[v], distance), v);
    });
    return lines & side.open;
}

template <int P> [[gnu::always_inline]] inline void settle(Side<P> &side, int line, std::int32_t distance)
{
    using Shape = LineShape<P>;
    const std::uint64_t bit = std::uint64_t(1) << line;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        side.distance[v] = Shape::Ops::select(Shape::ofBits(bit, v), Shape::all(infinite), side.distance[v]);
    });
    side.settledAt[line] = distance;
    side.open &= ~bit;
}

/// A sink that is nearer than any before it takes the place of `nearest`; of several the lowest.
template <int P>
[[gnu::always_inline]] inline bool nearerSink(const Side<P> &side, std::uint64_t candidates, std::int32_t &sinkDistance,
                                              int &nearest)
{
    using Shape = LineShape<P>;
    alignas(64) std::int32_t distance[P];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) { Shape::store(distance, v, side.distance[v]); });
    bool found = false;
    for (; candidates; candidates &= candidates - 1) {
        const int line = lowestBit(candidates);
        if (distance[line] < sinkDistance) {
            sinkDistance = distance[line];
            nearest = line;
            found = true;
        }
    }
    return found;
}

/// Goes along `arcs` from a line that has just been settled to lines of the other side. Returns those that are nearer now.
/// Sign is +1 from rows, whose arcs have the length α + β − A, and −1 from columns: A − α − β.
template <int Sign, int P>
[[gnu::always_inline]] inline std::uint64_t relax(Side<P> &to, const std::int32_t *scores, std::int32_t potential,
                                                  std::uint64_t arcs, int from, typename LineShape<P>::Vector reached)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    arcs &= to.open;
    std::uint64_t nearer = 0;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        const Vector excess = Shape::load(scores, v) - Shape::all(potential) - to.potential[v];
        const Vector length = Sign > 0 ? -excess : excess;
        // The sum could overflow; what is left until the present distance cannot.
        const Vector left = to.distance[v] - reached;
        const auto shorter = Shape::Ops::less(length, left);
        const std::uint64_t lines = Shape::bits(shorter, v) & arcs;
        const auto improved = Shape::ofBits(lines, v);
        to.distance[v] = Shape::Ops::select(improved, length, left) + reached;
        to.parent[v] = Shape::Ops::select(improved, Shape::all(from), to.parent[v]);
        nearer |= lines;
    });
    return nearer;
}

/// Keeps slackness: lines nearer than the sink move by what they are nearer.
template <int Sign, int P>
[[gnu::always_inline]] inline void movePotentials(const Side<P> &side, std::int32_t sinkDistance, int m,
                                                  std::int32_t *potential)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    const std::uint64_t settled = firstBits(m) & ~side.open;
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        const Vector nearer = Shape::all(sinkDistance) - Shape::load(side.settledAt, v);
        const Vector by = Shape::Ops::select(Shape::ofBits(settled, v), nearer, Vector{});
        Shape::store(potential, v, Sign > 0 ? side.potential[v] + by : side.potential[v] - by);
    });
}

[[gnu::always_inline]] inline void recount(std::uint64_t kept, int line, int n, std::uint64_t &below, std::uint64_t &above)
{
    const int count = countBits(kept);
    const std::uint64_t bit = std::uint64_t(1) << line;
    below = count < n ? below | bit : below & ~bit;
    above = count > n ? above | bit : above & ~bit;
}

/// Along the parents from the sink back to a source: an entry on the way to a column is taken, one on the way to a row given
/// up.
template <int P>
[[gnu::always_inline]] inline void applyPath(ExactWork &work, const Side<P> &rows, const Side<P> &columns, bool sinkIsRow,
                                             int sink)
{
    using Shape = LineShape<P>;
    alignas(64) std::int32_t rowParent[P], columnParent[P];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        Shape::store(rowParent, v, rows.parent[v]);
        Shape::store(columnParent, v, columns.parent[v]);
    });
    const auto recountLine = [&](bool isRow, int line) __attribute__((always_inline))
    {
        if (isRow)
            recount(work.rows[line], line, work.n, work.rowsBelow, work.rowsAbove);
        else
            recount(work.columns[line], line, work.n, work.columnsBelow, work.columnsAbove);
    };
    int line = sink;
    bool isRow = sinkIsRow;
    while (true) {
        const int from = isRow ? rowParent[line] : columnParent[line];
        if (from < 0)
            break;
        const int i = isRow ? line : from, j = isRow ? from : line;
        work.rows[i] ^= std::uint64_t(1) << j;
        work.columns[j] ^= std::uint64_t(1) << i;
        line = from;
        isRow = !isRow;
    }
    recountLine(isRow, line);
    recountLine(sinkIsRow, sink);
}

/// An entry not kept is an arc row → column of length α + β − A, a kept one an arc back of length A − α − β. Rows below n
/// and columns above n are sources, the others out of balance are sinks. Of nodes at the same distance the first goes first,
/// rows before columns.
template <int P> void augment(ExactWork &work)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    Side<P> rows, columns;
    begin(rows, work.rowsBelow, work.alpha, work.m);
    begin(columns, work.columnsAbove, work.beta, work.m);
    std::int32_t sinkDistance = infinite;
    int sink = -1;
    bool sinkIsRow = false;
    while (true) {
        Vector nearest = rows.distance[0];
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            nearest = Shape::Ops::min(nearest, rows.distance[v]);
            nearest = Shape::Ops::min(nearest, columns.distance[v]);
        });
        nearest = Shape::least(nearest);
        const std::int32_t reached = nearest[0];
        if (reached >= sinkDistance)
            break;
        if (const std::uint64_t found = linesAt(rows, nearest)) {
            const int i = lowestBit(found);
            settle(rows, i, reached);
            const std::uint64_t nearer = relax<1>(columns, work.scores + i * P, work.alpha[i], ~work.rows[i], i, nearest);
            if ((nearer & work.columnsBelow) && nearerSink(columns, nearer & work.columnsBelow, sinkDistance, sink))
                sinkIsRow = false;
        } else {
            const int j = lowestBit(linesAt(columns, nearest));
            settle(columns, j, reached);
            const std::uint64_t nearer = relax<-1>(rows, work.transposed + j * P, work.beta[j], work.columns[j], j, nearest);
            if ((nearer & work.rowsAbove) && nearerSink(rows, nearer & work.rowsAbove, sinkDistance, sink))
                sinkIsRow = true;
        }
    }
    applyPath(work, rows, columns, sinkIsRow, sink);
    movePotentials<-1>(rows, sinkDistance, work.m, work.alpha);
    movePotentials<1>(columns, sinkDistance, work.m, work.beta);
}

} // namespace

} // namespace nms
