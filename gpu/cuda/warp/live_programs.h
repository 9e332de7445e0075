// SPDX-License-Identifier: Apache-2.0
// What one warp does in each launch of a live solve, from global memory to global memory.
#pragma once

#include "gpu/cuda/warp/plan_programs.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

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
        (void)tile.start();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowGain[q] = columnGain[q] = 1e18F; // there was no cap before: Y itself
    } else {
        loadPotentials(tile, frame, problem, launch.potentials);
        tile.buildKernel();
        if (launch.tolerance > 0)
            tile.running = tile.residual() > launch.tolerance;
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

    const Lanes<bool> first = frame.tileUsed & (frame.line[0] == 0);
    const double cells = double(problem.m) * problem.m;
    scatter(launch.live, tileIndex(frame, problem),
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
    const Lanes<double> open = sum(to<double>(residual > launch.residualLimit));
    const Lanes<double> running = sum(to<double>(residual > launch.tolerance));
    scatter(launch.partial, Lanes<std::int64_t>(group),
            map([](double r, double c, double k, double s, double o, double u, double e, double f, double t,
                   double g) { return LiveSums{r, c, k, s, o, u, e, std::int64_t(f), std::int64_t(t), std::int64_t(g)}; },
                rowResidual, columnResidual, capacityResidual, residuals, objectives, bounds, entropies, fractionals, open,
                running),
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
    tile.buildKernel();
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
