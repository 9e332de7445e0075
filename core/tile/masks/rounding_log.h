// SPDX-License-Identifier: Apache-2.0
// The decisions by which a tile's mask is selected, one after the other, to be read by people.
#pragma once

#include "core/tile/masks/rounding.h"
#include "core/tile/tile.h"

#include <array>
#include <span>
#include <vector>

namespace nms {

/// Row and column in the padded tile.
struct TileCell {
    int row = 0;
    int col = 0;
    friend bool operator==(const TileCell &, const TileCell &) = default;
};

struct RoundingStep {
    enum class Kind {
        Fixed, // all scores are 0: the mask is TileMask::band
        Start, // the mask of another method is taken over
        Take, // `entry` is kept
        RowFull, // `entry` is not kept: its row already keeps n
        ColumnFull, // the same for its column
        Swap, // row entry.row and column entry.col are short of n: one entry is replaced by two
        Exchange, // two entries are replaced by two
    };

    Kind kind = Kind::Take;
    TileCell entry; // of Take, RowFull, ColumnFull and Swap
    double gain = 0; // by how much the sum of the kept scores changes

    std::span<const TileCell> added() const { return {m_cells.data(), std::size_t(m_added)}; }
    std::span<const TileCell> removed() const { return {m_cells.data() + m_added, std::size_t(m_removed)}; }

    static RoundingStep withCells(Kind kind, TileCell entry, std::span<const TileCell> added,
                                  std::span<const TileCell> removed, double gain);

private:
    std::array<TileCell, 4> m_cells{}; // the added ones, then the removed ones
    int m_added = 0;
    int m_removed = 0;
};

/// Selects a mask by the rules of Rounding and MaskStart, decision by decision: mask() is the same as theirs, bit for bit.
/// About a thousand times slower. `scores` must outlive the log.
class RoundingLog
{
public:
    RoundingLog(const TileScores &scores, NmPattern pattern) : m_scores(scores), m_pattern(pattern) { }

    void takeBand(); // for a tile whose scores are all 0
    void startFrom(const TileMask &mask);
    /// As Rounding::greedy(), or, after startFrom(), as the greedy part of MaskStart::complete(). key: M rows of `stride`.
    /// Entries after the last one that is kept are not logged.
    void selectGreedily(const double *key, int stride);
    void selectGreedily(); // with the scores as keys
    void swapUntilFull(Rounding::Choice choice);
    void swapWhileGaining(int most);
    void exchange();

    const TileScores &scores() const { return m_scores; }
    const TileMask &mask() const { return m_mask; }
    const std::vector<RoundingStep> &steps() const { return m_steps; }

private:
    double score(int i, int j) const { return double(m_scores.row(i)[j]); }
    int keptInRow(int i) const;
    int keptInColumn(int j) const;
    struct Swap {
        TileCell given;
        double gain = 0;
        bool exists = false;
    };
    Swap swapFor(int i, int j, Rounding::Choice choice) const;
    void carryOut(int i, int j, const Swap &swap);
    bool exchangeOf(int i, std::span<const std::int32_t> table);
    void log(const RoundingStep &step);

    const TileScores &m_scores;
    NmPattern m_pattern;
    TileMask m_mask;
    std::vector<RoundingStep> m_steps;
};

} // namespace nms
