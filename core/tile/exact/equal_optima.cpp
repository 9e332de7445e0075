// SPDX-License-Identifier: Apache-2.0
#include "core/tile/exact/equal_optima.h"

#include <bit>

namespace nms {

namespace {

constexpr std::uint64_t bitOf(int line)
{
    return std::uint64_t(1) << line;
}

/// The undecided entries as a graph: a free entry is an arc from its row to its column (it can be added), a kept one an arc
/// from its column to its row (it can be removed).
class Undecided
{
public:
    Undecided(std::uint64_t *rows, TightEntries &tight, int m) : m_rows(rows), m_tight(tight)
    {
        for (int i = 0; i < m; ++i)
            for (std::uint64_t bits = tight.kept[i]; bits; bits &= bits - 1)
                m_keptInColumn[std::countr_zero(bits)] |= bitOf(i);
    }

    /// Decides the entries of a row from the left: an entry that can be kept is kept.
    void decideRow(int i)
    {
        std::uint64_t hopeless = 0; // columns from which no path leads back to row i
        // Without undecided kept entries the row can give up nothing, and its free entries stay free.
        while (m_tight.kept[i]) {
            const std::uint64_t open = m_tight.kept[i] | m_tight.free[i];
            const int j = std::countr_zero(open);
            if (m_tight.kept[i] & bitOf(j)) {
                m_tight.kept[i] &= ~bitOf(j);
                m_keptInColumn[j] &= ~bitOf(i);
                continue;
            }
            m_tight.free[i] &= ~bitOf(j);
            if (hopeless & bitOf(j))
                continue;
            if (seek(j, i)) {
                flip(j, i);
                m_rows[i] |= bitOf(j);
                hopeless = 0;
            } else {
                hopeless |= m_columns;
            }
        }
        m_tight.free[i] = 0;
    }

private:
    /// Breadth-first search from column `from` to a column where row `to` can give up an entry.
    bool seek(int from, int to)
    {
        m_columns = bitOf(from);
        std::uint64_t rows = 0;
        for (std::uint64_t next = m_columns; next;) {
            if (const std::uint64_t last = next & m_tight.kept[to]) {
                m_lastColumn = std::countr_zero(last);
                return true;
            }
            std::uint64_t reached = 0;
            for (; next; next &= next - 1) {
                const int j = std::countr_zero(next);
                for (std::uint64_t bits = m_keptInColumn[j] & ~rows; bits; bits &= bits - 1) {
                    const int i = std::countr_zero(bits);
                    rows |= bitOf(i);
                    m_columnBefore[i] = j;
                    std::uint64_t columns = m_tight.free[i] & ~m_columns;
                    m_columns |= columns;
                    reached |= columns;
                    for (; columns; columns &= columns - 1)
                        m_rowBefore[std::countr_zero(columns)] = i;
                }
            }
            next = reached;
        }
        return false;
    }

    /// Flips the entries along the path that seek() has found, from its end.
    void flip(int from, int to)
    {
        int i = to, j = m_lastColumn;
        while (true) {
            m_rows[i] &= ~bitOf(j);
            m_tight.kept[i] &= ~bitOf(j);
            m_keptInColumn[j] &= ~bitOf(i);
            m_tight.free[i] |= bitOf(j);
            if (j == from)
                return;
            i = m_rowBefore[j];
            m_rows[i] |= bitOf(j);
            m_tight.free[i] &= ~bitOf(j);
            m_tight.kept[i] |= bitOf(j);
            m_keptInColumn[j] |= bitOf(i);
            j = m_columnBefore[i];
        }
    }

    std::uint64_t *m_rows;
    TightEntries &m_tight;
    std::uint64_t m_keptInColumn[TightEntries::maxM] = {};
    std::uint64_t m_columns = 0; // reached by the last search
    int m_lastColumn = 0;
    int m_rowBefore[TightEntries::maxM]; // of each column that was reached
    int m_columnBefore[TightEntries::maxM];
};

} // namespace

void takeFirstOptimum(std::uint64_t *rows, TightEntries &tight, int m)
{
    Undecided undecided(rows, tight, m);
    for (int i = 0; i < m; ++i)
        undecided.decideRow(i);
}

} // namespace nms
