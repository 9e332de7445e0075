// SPDX-License-Identifier: Apache-2.0
// What one warp does in each launch of dykstra, from global memory to global memory.
#pragma once

#include "gpu/cuda/warp/bound_tile.h"
#include "gpu/cuda/warp/dykstra_tile.h"
#include "gpu/cuda/warp/results.h"
#include "gpu/cuda/warp/rounding_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Where the potentials of the lane's row (columns = false) or column lie.
template <int M>
NMS_FN Lanes<std::int64_t> potentialIndex(const TileFrame<M> &frame, const Problem &problem, int q, bool columns)
{
    const std::int64_t tileCols = (problem.cols + problem.m - 1) / problem.m;
    return (frame.tileRow * tileCols + frame.tileCol) * (2 * std::int64_t(problem.m)) +
        to<std::int64_t>(frame.line[q] + (columns ? problem.m : 0));
}

template <int M>
NMS_FN void loadPotentials(DykstraTile<M> &tile, const TileFrame<M> &frame, const Problem &problem, const Potentials &from)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const Lanes<std::int64_t> row = potentialIndex(frame, problem, q, false);
        const Lanes<std::int64_t> column = potentialIndex(frame, problem, q, true);
        const Lanes<bool> &used = frame.lineUsed[q];
        tile.rowExponent[q] = gather(from.exponents, row, used);
        tile.columnExponent[q] = gather(from.exponents, column, used);
        tile.rowFactor[q] = select(used, gather(from.factors, row, used), 1.0F);
        tile.columnFactor[q] = select(used, gather(from.factors, column, used), 1.0F);
    }
}

template <int M>
NMS_FN void storePotentials(const DykstraTile<M> &tile, const TileFrame<M> &frame, const Problem &problem,
                            const Potentials &out)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const Lanes<std::int64_t> row = potentialIndex(frame, problem, q, false);
        const Lanes<std::int64_t> column = potentialIndex(frame, problem, q, true);
        const Lanes<bool> mine = frame.lineUsed[q] & frame.tileUsed;
        scatter(out.exponents, row, tile.rowExponent[q], mine);
        scatter(out.exponents, column, tile.columnExponent[q], mine);
        scatter(out.factors, row, tile.rowFactor[q], mine);
        scatter(out.factors, column, tile.columnFactor[q], mine);
    }
}

/// Iterations first … last of tiles whose potentials are loaded (first = 1: from scratch).
template <int M> NMS_FN void iterate(DykstraTile<M> &tile, int first, int last)
{
    if (first == 1)
        tile.begin();
    else
        tile.resume();
    for (int k = first == 1 ? 2 : first; k <= last; ++k) {
        tile.iterate();
        tile.rebaseAfter(k);
    }
}

/// Some iterations, from potentials to potentials.
template <int M> NMS_FN void runTiles(WarpMemory &memory, const IterateLaunch &launch, std::int64_t group)
{
    const TileFrame<M> frame(launch.problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, launch.problem);
    scores.scale(memory);
    DykstraTile<M> tile(memory, scores, launch.problem);
    if (launch.done > 0)
        loadPotentials(tile, frame, launch.problem, launch.potentials);
    iterate(tile, launch.done + 1, launch.done + launch.iterations);
    storePotentials(tile, frame, launch.problem, launch.potentials);
}

/// A bound from the tile's own potentials.
template <int M> NMS_FN BoundTile<M> boundOf(WarpMemory &memory, const DykstraTile<M> &tile)
{
    BoundTile<M> bound(memory, tile.scores, tile.capVector);
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const Lanes<bool> some = tile.frame.lineUsed[q] & !tile.scores.blank;
        bound.alpha[q] = select(some, tile.threshold(tile.rowExponent[q], tile.rowFactor[q]), 0.0F);
        bound.beta[q] = select(some, tile.threshold(tile.columnExponent[q], tile.columnFactor[q]), 0.0F);
    }
    return bound;
}

/// Batch: from scores (or given potentials) to masks, everything between on chip.
template <int M> NMS_FN void runTiles(WarpMemory &memory, const DykstraLaunch &launch, std::int64_t group)
{
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    DykstraTile<M> tile(memory, scores, problem);
    if (launch.from.exponents != nullptr) {
        loadPotentials(tile, frame, problem, launch.from);
        tile.resume();
    } else {
        iterate(tile, 1, launch.iterations);
    }
    const auto figures = tile.template formPlan<false>(tile.rowFactor, tile.columnFactor);
    MaskTile<M> mask(frame);
    RoundingTile<M, DykstraTile<M>> rounding(tile, scores, mask);
    rounding.takeAllAbove(1.0F);
    rounding.takeAllAbove(0.5F);
    rounding.greedy();
    rounding.swaps(true);
    mask.keepBand(scores.blank);
    storeMask(mask, launch);

    BoundTile<M> dual = boundOf(memory, tile);
    dual.sweep(2);
    storeFigures(scores, launch, scores.sumOf(mask.rowKept), dual.bound(),
                 larger(figures.rowResidual, figures.columnResidual), launch.iterations);
}

/// Live: one iteration, with everything that is shown of it.
template <int M> NMS_FN void runTiles(WarpMemory &memory, const AdvanceLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    DykstraTile<M> tile(memory, scores, problem);
    Lanes<float> rowGain[L::slots];
    Lanes<float> columnGain[L::slots];
    if (launch.iteration == 0) {
        tile.zero();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowGain[q] = columnGain[q] = 0.0F; // nothing was scaled
    } else if (launch.iteration == 1) {
        tile.begin();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowGain[q] = columnGain[q] = 1e18F; // there was no cap before: Y itself
    } else {
        loadPotentials(tile, frame, problem, launch.potentials);
        tile.resume();
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
        tile.rebaseAfter(launch.iteration);
    }
    const auto figures = tile.template formPlan<true>(rowGain, columnGain);

    Lanes<double> objective = 0.0;
    Lanes<double> total = 0.0;
    Lanes<float> entropy = 0.0F;
    Lanes<int> fractional = 0;
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        NMS_UNROLL_LINES
        for (int j = 0; j < M; ++j) {
            const Lanes<float> s = tile.row(q, j);
            const Lanes<double> a = to<double>(scores.at(frame.line[q], j));
            objective = objective + a * to<double>(s);
            total = total + a;
            const Lanes<bool> counts = s >= leastNormal;
            entropy = entropy - select(counts, s * log2(select(counts, s, 1.0F)), 0.0F);
            fractional = fractional + to<int>((s > 0.01F) & (s < 0.99F));
        }
    }
    const Lanes<double> sharedObjective = frame.sumOverLines(objective);
    const Lanes<double> sharedTotal = frame.sumOverLines(total);
    const Lanes<int> sharedFractional = frame.sumOverLines(fractional);
    const Lanes<float> sharedEntropy = frame.sumOverLines(entropy);
    const Lanes<double> bound = boundOf(memory, tile).bound();
    const Lanes<double> unit = widePowerOfTwo(scores.exponent);
    const Lanes<float> residual = larger(figures.rowResidual, figures.columnResidual);

    const std::int64_t tileCols = (problem.cols + problem.m - 1) / problem.m;
    const Lanes<bool> first = frame.tileUsed & (frame.line[0] == 0);
    const double cells = double(problem.m) * problem.m;
    scatter(launch.live, frame.tileRow * tileCols + frame.tileCol,
            map(
                [cells](float r, double o, double u, double t, int f) {
                    const double off = u > o ? u - o : o - u;
                    return LiveTile{r, u > 0 ? float(off / u) : 0.0F, float(f / cells), t > 0 ? float(1 - o / t) : 0.0F};
                },
                select(scores.valid, residual, invalidScore), sharedObjective, bound, sharedTotal, sharedFractional),
            first);
    storePotentials(tile, frame, problem, launch.potentials);

    const auto greatest = [&](const Lanes<float> &x) {
        return greatestOfWarp(to<double>(select(first, x, 0.0F)));
    };
    const auto sum = [&](const Lanes<double> &x) {
        return sumOfWarp(select(first, x, 0.0));
    };
    const Lanes<double> rowResidual = greatest(figures.rowResidual);
    const Lanes<double> columnResidual = greatest(figures.columnResidual);
    const Lanes<double> capacityResidual = greatest(figures.capacityResidual);
    const Lanes<double> residuals = sum(to<double>(residual));
    const Lanes<double> objectives = sum(sharedObjective * unit);
    const Lanes<double> bounds = sum(bound * unit);
    const Lanes<double> entropies = sum(to<double>(sharedEntropy) * 0.69314718055994531);
    const Lanes<double> fractionals = sum(to<double>(sharedFractional));
    const Lanes<double> open = sum(to<double>(residual > launch.residualWarning));
    scatter(launch.partial, Lanes<std::int64_t>(group),
            map([](double r, double c, double k, double s, double o, double u, double e, double f,
                   double t) { return LiveSums{r, c, k, s, o, u, e, std::int64_t(f), std::int64_t(t)}; },
                rowResidual, columnResidual, capacityResidual, residuals, objectives, bounds, entropies, fractionals, open),
            laneIndex() == 0);
}

/// The plan and the thresholds of a rectangle of tiles.
template <int M> NMS_FN void runTiles(WarpMemory &memory, const CaptureLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    DykstraTile<M> tile(memory, scores, problem);
    loadPotentials(tile, frame, problem, launch.potentials);
    tile.resume();
    (void)tile.template formPlan<false>(tile.rowFactor, tile.columnFactor);
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        const Lanes<std::int64_t> col = frame.tileCol * problem.m + to<std::int64_t>(frame.line[q]);
        const Lanes<std::int64_t> planCol = col - launch.tiles.col0 * problem.m;
        NMS_UNROLL_LINES
        for (int i = 0; i < M; ++i) {
            const Lanes<std::int64_t> row = frame.tileRow * problem.m + i;
            const Lanes<bool> real =
                frame.tileUsed & frame.lineUsed[q] & (col < problem.cols) & (row < problem.rows) & (i < problem.m);
            scatter(launch.plan, (row - launch.tiles.row0 * problem.m) * launch.planStride + planCol, tile.column(q, i),
                    real);
        }
        const Lanes<bool> mine = frame.tileUsed & frame.lineUsed[q];
        const Lanes<std::int64_t> at = frame.index * (2 * std::int64_t(problem.m)) + to<std::int64_t>(frame.line[q]);
        const auto inScoreUnits = [&](const Lanes<int> &exponent, const Lanes<float> &factor) {
            const Lanes<float> threshold = scaledBy(tile.threshold(exponent, factor), scores.exponent);
            return select(scores.blank, Lanes<float>(0.0F), smaller(larger(threshold, -largestFloat), largestFloat));
        };
        scatter(launch.thresholds, at, inScoreUnits(tile.rowExponent[q], tile.rowFactor[q]), mine);
        scatter(launch.thresholds, at + problem.m, inScoreUnits(tile.columnExponent[q], tile.columnFactor[q]), mine);
    }
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
