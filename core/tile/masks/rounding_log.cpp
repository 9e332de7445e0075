// SPDX-License-Identifier: Apache-2.0
#include "core/tile/masks/rounding_log.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace nms {

RoundingStep RoundingStep::withCells(Kind kind, TileCell entry, std::span<const TileCell> added,
                                     std::span<const TileCell> removed, double gain)
{
    RoundingStep step;
    step.kind = kind;
    step.entry = entry;
    step.gain = gain;
    step.m_added = int(added.size());
    step.m_removed = int(removed.size());
    std::ranges::copy(removed, std::ranges::copy(added, step.m_cells.begin()).out);
    return step;
}

int RoundingLog::keptInRow(int i) const
{
    return std::popcount(m_mask.rows[std::size_t(i)]);
}

int RoundingLog::keptInColumn(int j) const
{
    int kept = 0;
    for (int i = 0; i < m_pattern.m; ++i)
        kept += m_mask.at(i, j);
    return kept;
}

void RoundingLog::log(const RoundingStep &step)
{
    for (const TileCell &cell : step.added())
        m_mask.add(cell.row, cell.col);
    for (const TileCell &cell : step.removed())
        m_mask.remove(cell.row, cell.col);
    m_steps.push_back(step);
}

void RoundingLog::takeBand()
{
    m_mask = TileMask::band(m_pattern);
    m_steps.push_back(RoundingStep::withCells(RoundingStep::Kind::Fixed, {}, {}, {}, 0));
}

void RoundingLog::startFrom(const TileMask &mask)
{
    m_mask = mask;
    double kept = 0;
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            kept += mask.at(i, j) ? score(i, j) : 0;
    m_steps.push_back(RoundingStep::withCells(RoundingStep::Kind::Start, {}, {}, {}, kept));
}

void RoundingLog::selectGreedily()
{
    const int m = m_pattern.m;
    std::vector<double> keys(std::size_t(m * m));
    for (int i = 0; i < m; ++i)
        std::copy_n(m_scores.row(i), m, keys.data() + i * m);
    selectGreedily(keys.data(), m);
}

void RoundingLog::selectGreedily(const double *key, int stride)
{
    const int n = m_pattern.n, m = m_pattern.m;
    std::vector<int> order(std::size_t(m * m));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return key[a / m * stride + a % m] > key[b / m * stride + b % m]; });
    std::vector<int> inRow(static_cast<std::size_t>(m)), inColumn(static_cast<std::size_t>(m));
    for (int k = 0; k < m; ++k) {
        inRow[std::size_t(k)] = keptInRow(k);
        inColumn[std::size_t(k)] = keptInColumn(k);
    }
    std::size_t logged = m_steps.size();
    for (const int k : order) {
        const TileCell cell{k / m, k % m};
        if (m_mask.at(cell.row, cell.col))
            continue;
        int &row = inRow[std::size_t(cell.row)], &column = inColumn[std::size_t(cell.col)];
        using Kind = RoundingStep::Kind;
        if (row < n && column < n) {
            ++row;
            ++column;
            log(RoundingStep::withCells(Kind::Take, cell, {&cell, 1}, {}, score(cell.row, cell.col)));
            logged = m_steps.size();
        } else {
            log(RoundingStep::withCells(row < n ? Kind::ColumnFull : Kind::RowFull, cell, {}, {}, 0));
        }
    }
    m_steps.resize(logged); // refusals after the last entry that is kept say nothing
}

/// The best (i', j') for the new entries (i, j') and (i', j), or the first one, in row-major order.
RoundingLog::Swap RoundingLog::swapFor(int i, int j, Rounding::Choice choice) const
{
    Swap found;
    for (int row = 0; row < m_pattern.m; ++row)
        for (int column = 0; column < m_pattern.m; ++column) {
            if (!m_mask.at(row, column) || m_mask.at(i, column) || m_mask.at(row, j))
                continue;
            const double gain = score(i, column) + score(row, j) - score(row, column);
            if (!found.exists || (choice == Rounding::Choice::Best && gain > found.gain))
                found = {{row, column}, gain, true};
        }
    return found;
}

void RoundingLog::carryOut(int i, int j, const Swap &swap)
{
    const TileCell added[] = {{i, swap.given.col}, {swap.given.row, j}};
    log(RoundingStep::withCells(RoundingStep::Kind::Swap, {i, j}, added, {&swap.given, 1}, swap.gain));
}

void RoundingLog::swapUntilFull(Rounding::Choice choice)
{
    const int n = m_pattern.n;
    for (int i = 0; i < m_pattern.m; ++i)
        while (keptInRow(i) < n) {
            int j = 0;
            while (keptInColumn(j) == n)
                ++j;
            carryOut(i, j, swapFor(i, j, choice));
        }
}

void RoundingLog::swapWhileGaining(int most)
{
    const int n = m_pattern.n, m = m_pattern.m;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            while (most > 0 && keptInRow(i) < n && keptInColumn(j) < n) {
                const Swap best = swapFor(i, j, Rounding::Choice::Best);
                if (!best.exists || !(best.gain > 0))
                    break;
                carryOut(i, j, best);
                --most;
            }
}

/// Makes the exchange of row i with the largest gain in `table`, the scores in integers; the first other row and columns on
/// ties. False if none gains.
bool RoundingLog::exchangeOf(int i, std::span<const std::int32_t> table)
{
    const int m = m_pattern.m;
    const auto at = [&](int row, int column) {
        return table[std::size_t(row * m + column)];
    };
    std::int32_t best = SelectionWork::minimumGain - 1;
    TileCell given{-1, -1}, otherGiven;
    for (int k = 0; k < m; ++k) {
        int j = -1, l = -1; // given up by row i and by row k: where A[i,·] − A[k,·] is smallest and largest
        for (int column = 0; column < m; ++column) {
            const std::int32_t here = at(i, column) - at(k, column);
            if (m_mask.at(i, column) && !m_mask.at(k, column) && (j < 0 || here < at(i, j) - at(k, j)))
                j = column;
            if (!m_mask.at(i, column) && m_mask.at(k, column) && (l < 0 || here > at(i, l) - at(k, l)))
                l = column;
        }
        if (j < 0 || l < 0)
            continue;
        const std::int32_t gain = at(i, l) + at(k, j) - at(i, j) - at(k, l);
        if (gain > best) {
            best = gain;
            given = {i, j};
            otherGiven = {k, l};
        }
    }
    if (given.row < 0)
        return false;
    const TileCell added[] = {{given.row, otherGiven.col}, {otherGiven.row, given.col}};
    const TileCell removed[] = {given, otherGiven};
    const auto scoreOf = [&](const TileCell &cell) {
        return score(cell.row, cell.col);
    };
    log(RoundingStep::withCells(RoundingStep::Kind::Exchange, given, added, removed,
                                scoreOf(added[0]) + scoreOf(added[1]) - scoreOf(removed[0]) - scoreOf(removed[1])));
    return true;
}

void RoundingLog::exchange()
{
    const int n = m_pattern.n, m = m_pattern.m;
    std::vector<std::int32_t> table(std::size_t(m * m));
    const int exponent = m_scores.maximum() > 0 ? 28 - std::ilogb(m_scores.maximum()) : 0; // to less than 2²⁹
    for (int k = 0; k < m * m; ++k)
        table[std::size_t(k)] = std::int32_t(std::ldexp(score(k / m, k % m), exponent));
    int done = 0;
    for (int i = 0, settled = 0; settled < m && done < 4 * n * m;) {
        if (exchangeOf(i, table)) {
            ++done;
            settled = 0;
        } else {
            ++settled;
            i = (i + 1) % m;
        }
    }
}

} // namespace nms
