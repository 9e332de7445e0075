// SPDX-License-Identifier: Apache-2.0
// What one warp does in each batch launch of dykstra and capped; input and output are in global memory.
#pragma once

#include "gpu/cuda/warp/bound_tile.h"
#include "gpu/cuda/warp/capped_tile.h"
#include "gpu/cuda/warp/dykstra_tile.h"
#include "gpu/cuda/warp/results.h"
#include "gpu/cuda/warp/rounding_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Index of the potential of the lane's row (columns = false) or column.
template <int M>
NMS_FN WarpLanes<std::int64_t> potentialIndex(const TileFrame<M> &frame, const Problem &problem, int q, bool columns)
{
    return tileIndex(frame, problem) * (2 * std::int64_t(problem.m)) +
        to<std::int64_t>(frame.line[q] + (columns ? problem.m : 0));
}

template <int M, bool InRegisters>
NMS_FN void loadPotentials(PlanTile<M, InRegisters> &tile, const TileFrame<M> &frame, const Problem &problem,
                           const Potentials &from)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<std::int64_t> row = potentialIndex(frame, problem, q, false);
        const WarpLanes<std::int64_t> column = potentialIndex(frame, problem, q, true);
        const WarpLanes<bool> &used = frame.lineUsed[q];
        tile.rowExponent[q] = gather(from.exponents, row, used);
        tile.columnExponent[q] = gather(from.exponents, column, used);
        tile.rowFactor[q] = select(used, gather(from.factors, row, used), 1.0F);
        tile.columnFactor[q] = select(used, gather(from.factors, column, used), 1.0F);
    }
    const WarpLanes<int> iterations = gather(from.iterations, tileIndex(frame, problem), frame.tileUsed);
    tile.iterations = larger(iterations, -iterations);
    tile.moved = iterations < 0;
}

template <int M, bool InRegisters>
NMS_FN void storePotentials(const PlanTile<M, InRegisters> &tile, const TileFrame<M> &frame, const Problem &problem,
                            const Potentials &out)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<std::int64_t> row = potentialIndex(frame, problem, q, false);
        const WarpLanes<std::int64_t> column = potentialIndex(frame, problem, q, true);
        const WarpLanes<bool> mine = frame.lineUsed[q] & frame.tileUsed;
        scatter(out.exponents, row, tile.rowExponent[q], mine);
        scatter(out.exponents, column, tile.columnExponent[q], mine);
        scatter(out.factors, row, tile.rowFactor[q], mine);
        scatter(out.factors, column, tile.columnFactor[q], mine);
    }
    scatter(out.iterations, tileIndex(frame, problem), select(tile.moved, -tile.iterations, tile.iterations),
            frame.tileUsed & (frame.line[0] == 0));
}

/// A bound that starts from the tile's own potentials.
template <int M, bool InRegisters> NMS_FN BoundTile<M> boundOf(WarpMemory &memory, const PlanTile<M, InRegisters> &tile)
{
    BoundTile<M> bound(memory, tile.scores, tile.capVector);
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<bool> some = tile.frame.lineUsed[q] & !tile.scores.blank;
        bound.alpha[q] = select(some, tile.threshold(tile.rowExponent[q], tile.rowFactor[q]), 0.0F);
        bound.beta[q] = select(some, tile.threshold(tile.columnExponent[q], tile.columnFactor[q]), 0.0F);
    }
    return bound;
}

/// `Tile` has start() and advance().
template <int M, class Tile> NMS_FN void runPlanTiles(WarpMemory &memory, const PlanLaunch &launch, std::int64_t group)
{
    constexpr int boundSweeps = 2;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    Tile tile(memory, scores, problem);
    int from = launch.done;
    if (launch.fromScratch) {
        from = tile.start();
    } else {
        loadPotentials(tile, frame, problem, launch.potentials);
        tile.buildKernel();
    }
    const int to = launch.done + launch.iterations;
    WarpLanes<float> residual = 0.0F;
    if constexpr (Tile::sharpens)
        residual = tile.advance(from, to, launch.tolerance, launch.round);
    else
        tile.advance(from, to, launch.tolerance);
    if (!launch.round) {
        storePotentials(tile, frame, problem, launch.potentials);
        return;
    }
    [[maybe_unused]] const auto figures = tile.template formPlan<false>(tile.rowFactor, tile.columnFactor);
    if constexpr (!Tile::sharpens)
        residual = larger(figures.rowResidual, figures.columnResidual);
    MaskTile<M> mask(frame);
    {
        using Keys = PlanKeys<M, typename Tile::Plan>;
        const Keys keys(tile);
        RoundingTile<M, Keys> rounding(keys, scores, mask);
        NMS_NO_UNROLL
        for (int step = 0; step < 2; ++step)
            rounding.takeAllAbove(step == 0 ? 1.0F : 0.5F);
        rounding.greedy();
        rounding.swaps(true);
    }
    mask.keepBand(scores.blank);
    storeMask(mask, launch);

    BoundTile<M> dual = boundOf(memory, tile);
    dual.sweep(boundSweeps);
    storeFigures(scores, launch, scores.sumOf(mask.rowKept), dual.bound(), residual, tile.iterations);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const DykstraLaunch &launch, std::int64_t group)
{
    runPlanTiles<M, DykstraTile<M>>(memory, launch, group);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const CappedLaunch &launch, std::int64_t group)
{
    runPlanTiles<M, CappedTile<M>>(memory, launch, group);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
