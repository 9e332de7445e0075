// SPDX-License-Identifier: Apache-2.0
// What one warp does in each launch of a live solve by dykstra or capped; input and output are in global memory.
#pragma once

#include "gpu/cuda/warp/live_figures.h"
#include "gpu/cuda/warp/plan_programs.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Figures of a plan that formPlan() has made; the caller sets the residuals and what depends on them.
template <int M, bool InRegisters>
NMS_FN LiveFigures<M> figuresOf(WarpMemory &memory, const PlanTile<M, InRegisters> &tile, const PlanFigures &plan,
                                const AdvanceLaunch &launch)
{
    using L = Layout<M>;
    const TileFrame<M> &frame = tile.frame;
    WarpLanes<double> objective = 0.0;
    WarpLanes<double> total = 0.0;
    WarpLanes<float> entropy = 0.0F;
    WarpLanes<int> fractional = 0;
    const WarpLanes<int> realRows = to<int>(frame.realRows(launch.problem)),
                         realCols = to<int>(frame.realCols(launch.problem));
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        const WarpLanes<bool> isRealRow = frame.line[q] < realRows;
        NMS_UNROLL_LINES
        for (int j = 0; j < M; ++j) {
            const WarpLanes<float> s = tile.row(q, j);
            const WarpLanes<double> a = to<double>(tile.scores.at(frame.line[q], j));
            objective = objective + a * to<double>(s);
            total = total + a;
            const WarpLanes<bool> counts = s >= leastNormal;
            entropy = entropy - select(counts, s * log2(select(counts, s, 1.0F)), 0.0F);
            fractional = fractional + to<int>((s > 0.01F) & (s < 0.99F) & isRealRow & (realCols > j));
        }
    }
    LiveFigures<M> figures;
    figures.rowResidual = plan.rowResidual;
    figures.columnResidual = plan.columnResidual;
    figures.capacityResidual = plan.capacityResidual;
    figures.objective = frame.sumOverLines(objective);
    figures.total = frame.sumOverLines(total);
    figures.fractional = frame.sumOverLines(fractional);
    figures.entropy = frame.sumOverLines(entropy);
    figures.bound = boundOf(memory, tile).bound();
    figures.open = figures.residual() > launch.residualLimit;
    figures.running = figures.residual() > launch.tolerance;
    return figures;
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const DykstraAdvanceLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    DykstraTile<M> tile(memory, scores, problem);
    WarpLanes<float> rowGain[L::slots]; // ratios by which the iteration changes the factors, for the capacity residual
    WarpLanes<float> columnGain[L::slots];
    if (launch.iteration == 0) {
        tile.zero();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowGain[q] = columnGain[q] = 0.0F; // nothing was scaled
    } else if (launch.iteration == 1) {
        (void)tile.start();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowGain[q] = columnGain[q] = 1e18F; // no cap was applied before: the residual is that of Y itself
    } else {
        loadPotentials(tile, frame, problem, launch.potentials);
        tile.buildKernel();
        if (launch.tolerance > 0)
            tile.running = tile.residual(launch.tolerance, false) > launch.tolerance;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowGain[q] = tile.rowFactor[q];
            columnGain[q] = tile.columnFactor[q];
        }
        tile.iterate();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowGain[q] = quotient(tile.rowFactor[q], rowGain[q]);
            columnGain[q] = quotient(tile.columnFactor[q], columnGain[q]);
        }
        tile.finish(launch.iteration);
    }
    const auto plan = tile.template formPlan<true>(rowGain, columnGain);
    figuresOf(memory, tile, plan, launch).store(scores, launch, group);
    storePotentials(tile, frame, problem, launch.potentials);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const CappedAdvanceLaunch &launch, std::int64_t group)
{
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    CappedTile<M> tile(memory, scores, problem);
    if (launch.iteration == 0) {
        (void)tile.start();
    } else {
        loadPotentials(tile, frame, problem, launch.potentials);
        tile.buildKernel();
        (void)tile.advance(launch.iteration - 1, launch.iteration, launch.tolerance, false);
    }
    auto plan = tile.template formPlan<false>(tile.rowFactor, tile.columnFactor);
    plan.capacityResidual = 0.0F; // a projection respects the cap
    figuresOf(memory, tile, plan, launch).store(scores, launch, group);
    storePotentials(tile, frame, problem, launch.potentials);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const PlanCaptureLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    PlanTile<M> tile(memory, scores, problem);
    loadPotentials(tile, frame, problem, launch.potentials);
    tile.buildKernel();
    (void)tile.template formPlan<false>(tile.rowFactor, tile.columnFactor);
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        NMS_UNROLL_LINES
        for (int i = 0; i < M; ++i)
            scatter(launch.plan, planIndex(frame, launch, q, i), tile.column(q, i), isReal(frame, problem, q, i));
        storeThresholds(scores, launch, q, tile.threshold(tile.rowExponent[q], tile.rowFactor[q]),
                        tile.threshold(tile.columnExponent[q], tile.columnFactor[q]));
    }
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
