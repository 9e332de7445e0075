// SPDX-License-Identifier: Apache-2.0
// The optimum of one tile with a proof, in integers (core/tile/README.md describes the method and what is proven).
#pragma once

#include "core/methods/tile_solver.h"
#include "core/tile/exact/exact_kernels.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/rounding.h"

#include <array>

namespace nms {

class ExactTile : public IterativeTile
{
public:
    static constexpr int sweeps = ExactWork::sweeps;

    explicit ExactTile(NmPattern pattern, SimdLevel level);

    void start(const TileScores &scores) override;
    void startFrom(const TileScores &scores, const double *alpha, const double *beta) override; // sweeps begin at β
    /// One sweep of α and β (coarse ones first, core/tile/README.md); from the seventh iteration on, one search for
    /// augmenting paths. The iteration that balances all rows and columns ends in the first of the optimal masks in
    /// row-major order: the lexicographically greatest bit string, read row by row, column 0 first.
    void iterate() override;
    bool done() const override { return m_balanced; }
    int iterations() const { return m_iterations; }
    TileMask current() const; // the plan, which is 0 or 1

    PlanFigures figures() override;
    void plan(TileArray<double> &out) override;
    void thresholds(double *alpha, double *beta) const override;
    TileResult round(TileMask &out) override;
    void basis(RoundingBasis &out) override;

    std::size_t stateBytes() const override;
    void suspend(std::byte *state) const override;
    void resume(const TileScores &scores, const std::byte *state) override;

private:
    void quantise(const TileScores &scores);
    void keysByExcess(TileArray<double> &keys) const; // of greedy selection where the run was stopped half-way
    std::int64_t slack(int i, int j) const
    {
        return std::int64_t(m_work.scores[i * m_stride + j]) - m_work.alpha[i] - m_work.beta[j];
    }

    NmPattern m_pattern;
    int m_stride;
    SimdLevel m_level;
    const ExactKernels &m_kernels;
    const TileScores *m_source = nullptr;

    // The state: these members, and α, β and the rows' masks of m_work; the rest of m_work follows from them. Complementary
    // slackness holds from the first sweep on: kept entries have A − α − β ≥ 0, the others ≤ 0.
    std::int32_t m_iterations = 0;
    bool m_balanced = false; // every count is N; the tile is done
    bool m_proven = false; // the potentials prove optimality
    ExactWork m_work;

    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

class ExactRuns : public TileSolver
{
public:
    explicit ExactRuns(NmPattern pattern, SimdLevel level);

    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) override;

private:
    /// A tile that has been gathered, but not solved yet.
    struct Pending {
        std::int64_t tile;
        ExactBatchTile batch;
    };
    void finish(const TileRun &run, int count, const std::stop_token &stop, RunMask &mask, TileResult *results);

    NmPattern m_pattern;
    const ExactKernels &m_kernels;
    ExactTile m_alone;
    std::unique_ptr<std::array<Pending, 2>> m_pending;
};

} // namespace nms
