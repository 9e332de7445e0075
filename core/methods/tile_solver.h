// SPDX-License-Identifier: Apache-2.0
// The interfaces that methods implement: they solve single tiles on one thread. An IterativeTile is resumed, iterated and
// suspended; batch and live solves call the same functions, so a watched run equals the batch result bit for bit.
#pragma once

#include "core/tile/figures.h"
#include "core/tile/tile.h"
#include "core/tile/tile_run.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>

namespace nms {

/// Solver and scratch memory of one thread for one method.
class RunSolver
{
public:
    virtual ~RunSolver() = default;

    /// Solves the tiles of a run into `mask`, whose bits there are still 0, and into results[0 … run.count). Returns the
    /// first tile with a score that is negative or not finite, run.end() where there is none. After such a tile, or when
    /// `stop` is requested, it may return early, and its output must not be used.
    virtual std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) = 0;
};

/// A solver that solves one tile after the other.
class TileSolver : public RunSolver
{
public:
    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

    /// `tile` is its number in the whole matrix. When `stop` is requested a long solve returns early, and the result must
    /// not be used.
    virtual TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) = 0;

private:
    std::unique_ptr<TileScores> m_scores;
};

/// What round() starts from, for those who want to know why a mask is as it is.
struct RoundingBasis {
    bool isGreedy = false; // entries are selected greedily by `keys`, then swapped; otherwise the plan is the mask
    TileArray<double> keys; // in rows of the scores' stride
    TileLine<double> alpha; // the mask's bound is certified from these potentials (score units, M of each) ...
    TileLine<double> beta;
    int sweeps = 0; // ... by so many threshold sweeps
};

/// One thread's scratch memory for one method. `scores` must outlive the work on that tile.
class IterativeTile
{
public:
    virtual ~IterativeTile() = default;

    virtual void start(const TileScores &scores) = 0; // iteration 0
    /// The same, from potentials of another method: thresholds in score units, M of each; an entry is kept when A > α + β.
    /// Any finite ones are allowed; poor ones may be ignored.
    virtual void startFrom(const TileScores &scores, const double *alpha, const double *beta) = 0;
    virtual void iterate() = 0;
    /// Up to `iterations` iterations, fewer when it is done: equivalent to as many calls of iterate(), possibly faster.
    virtual void advance(int iterations)
    {
        for (; iterations > 0 && !done(); --iterations)
            iterate();
    }
    virtual bool done() const = 0;
    /// From the start until it is done, for up to `iterations` iterations, or until `stop` is requested.
    void runTo(const TileScores &scores, int iterations, const std::stop_token &stop)
    {
        constexpr int betweenStops = 64;
        start(scores);
        for (int left = iterations; left > 0 && !done() && !stop.stop_requested(); left -= betweenStops)
            advance(left < betweenStops ? left : betweenStops);
    }

    virtual PlanFigures figures() = 0;
    virtual void plan(TileArray<double> &out) = 0; // S, in rows of the scores' stride
    virtual void thresholds(double *alpha, double *beta) const = 0; // kept when A > α + β; score units, M of each
    virtual TileResult round(TileMask &out) = 0; // does not change the state
    virtual void basis(RoundingBasis &out) = 0; // of round(); does not change the state either

    virtual std::size_t stateBytes() const = 0; // the same for every tile
    virtual void suspend(std::byte *state) const = 0;
    virtual void resume(const TileScores &scores, const std::byte *state) = 0; // exactly where suspend() left it
};

} // namespace nms
