// SPDX-License-Identifier: Apache-2.0
// The optimum of one tile with a proof, in integers (core/solver/README.md tells the method and what is proven).
#pragma once

#include "core/solver/tile/bound.h"
#include "core/solver/tile/iterative_tile.h"
#include "core/solver/tile/rounding.h"

namespace nms {

class ExactTile : public IterativeTile
{
public:
    static constexpr std::int32_t unit = (1 << 24) - 1; // the tile's maximum, quantised
    static constexpr int sweeps = 4;

    explicit ExactTile(NmPattern pattern) : m_pattern(pattern) { }

    void start(const TileScores &scores) override;
    void iterate() override; // one sweep of α and β, from the fifth on one augmentation
    bool done() const override { return m_balanced; }
    int iterations() const { return m_iterations; }
    const TileMask &current() const { return m_kept; } // the plan, as 0/1

    PlanFigures figures() override;
    void plan(TileArray<double> &out) override;
    void thresholds(double *alpha, double *beta) const override;
    TileResult round(TileMask &out) override;

    std::size_t stateBytes() const override;
    void suspend(std::byte *state) const override;
    void resume(const TileScores &scores, const std::byte *state) override;

private:
    void quantise(const TileScores &scores);
    void sweep();
    void transpose();
    void keepAbove();
    void keepTies();
    void augment();
    bool isBalanced() const;
    bool isProven() const;
    void add(int i, int j);
    void remove(int i, int j);
    std::int64_t slack(int i, int j) const
    {
        return m_scores.row(i, m_stride)[j] - m_alpha[std::size_t(i)] - m_beta[std::size_t(j)];
    }

    NmPattern m_pattern;
    const TileScores *m_source = nullptr;
    int m_stride = 0;

    // The state. Slackness holds from the first sweep on: kept entries have A − α − β ≥ 0, the others ≤ 0.
    std::int32_t m_iterations = 0;
    bool m_balanced = false; // every count is N: that is the end
    bool m_proven = false; // and the potentials prove it
    TileLine<std::int64_t> m_alpha;
    TileLine<std::int64_t> m_beta;
    TileMask m_kept;

    // Follows from it.
    TileLine<std::uint64_t> m_columns; // m_kept by columns
    TileArray<std::int32_t> m_scores; // quantised
    TileArray<std::int32_t> m_transposed;
    TileArray<std::int32_t> m_sorted;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

} // namespace nms
