// SPDX-License-Identifier: Apache-2.0
// Common part of the entropic methods: S = min(1, exp(τA + u + v)), given by 2·M potentials.
#pragma once

#include "core/methods/solve_options.h"
#include "core/methods/tile_solver.h"
#include "core/tile/entropic/entropic_kernels.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/rounding.h"

#include <optional>

namespace nms {

/// Stores u and v of the last *rebase*, the product q of the column factors since then, and w, the reciprocal of the
/// product of the row factors: the plan is min(w, K·q)/w with K = exp(τA + u + v), which needs no exp and no log between
/// two rebases.
///
/// The state {iterations, u, v, w, q} determines every later iterate bit for bit: rebasing depends on nothing else.
class EntropicTile : public IterativeTile
{
public:
    void startFrom(const TileScores &scores, const double *alpha, const double *beta) override;
    /// See SolveOptions::paperSwaps.
    void setPaperSwaps(std::optional<int> most) { m_paperSwaps = most; }
    bool done() const override { return m_done; }
    void iterate() override { advance(1); }

    PlanFigures figures() override;
    void plan(TileArray<double> &out) override;
    void thresholds(double *alpha, double *beta) const override;

    std::size_t stateBytes() const override;
    void suspend(std::byte *state) const override;
    void resume(const TileScores &scores, const std::byte *state) override;

protected:
    /// A tile counts as converged up to `residualLimit`, and is done at `tolerance`; negative: never.
    EntropicTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level);

    static constexpr double never = -1; // below every residual
    static constexpr int boundSweeps = 2; // for the bound of a mask

    /// Iteration 0 of a new tile, with potentials 0 and no kernel yet.
    void take(const TileScores &scores);
    /// Computes the kernel from the scores and the potentials of the current state.
    virtual void buildKernel();
    virtual double residual();
    bool withinTolerance() { return m_tolerance >= 0 && residual() <= m_tolerance; }
    /// Mask, certificate and figures. Entries are kept in the order of `key` (rows of the tile's stride); α and β are
    /// improved.
    template <class Key> TileResult roundBy(const Key *key, double *alpha, double *beta, TileMask &out);

    using Line = TileLine<double>;

    NmPattern m_pattern;
    double m_tau;
    double m_residualLimit;
    double m_tolerance;
    SimdLevel m_level;
    const EntropicKernels &m_kernels;
    const TileScores *m_source = nullptr;
    std::int64_t m_iterations = 0;
    EntropicWork m_work; // u, v, w and q are the state
    bool m_done = false;
    bool m_wasUncapped = false; // the last iteration started from an uncapped plan
    ThresholdSweeps m_bound;

private:
    Rounding m_rounding;
    std::optional<int> m_paperSwaps;
};

/// Factory for the traits of an entropic method.
template <class Tile> std::unique_ptr<IterativeTile> makeEntropic(const SolveOptions &options, SimdLevel level)
{
    auto tile = std::make_unique<Tile>(options.pattern, options.tau, options.residualLimit(), options.tolerance, level);
    tile->setPaperSwaps(options.paperSwaps);
    return tile;
}

} // namespace nms
