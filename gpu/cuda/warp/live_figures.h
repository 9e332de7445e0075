// SPDX-License-Identifier: Apache-2.0
// The figures that a live iteration reports for the tiles of one warp.
#pragma once

#include "gpu/cuda/warp/results.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Figures of the lane's tile, the same in all of its lanes; in the units of the stored scores.
template <int M> struct LiveFigures {
    WarpLanes<float> rowResidual;
    WarpLanes<float> columnResidual;
    WarpLanes<float> capacityResidual = 0.0F;
    WarpLanes<double> objective;
    WarpLanes<double> bound;
    WarpLanes<double> total; // sum of all scores
    WarpLanes<float> entropy = 0.0F; // bits
    WarpLanes<int> fractional = 0;
    WarpLanes<bool> open; // not converged, or not proven
    WarpLanes<bool> running; // still changing

    NMS_FN WarpLanes<float> residual() const { return larger(rowResidual, columnResidual); }

    /// Stores the figures of each tile, and the warp's part of the sums.
    NMS_FN void store(const ScoreTile<M> &scores, const AdvanceLaunch &launch, std::int64_t group) const
    {
        const TileFrame<M> &frame = scores.frame;
        const Problem &problem = launch.problem;
        const WarpLanes<bool> first = frame.tileUsed & (frame.line[0] == 0);
        const WarpLanes<double> cells = to<double>(frame.realRows(problem) * frame.realCols(problem));
        scatter(launch.live, tileIndex(frame, problem),
                map(
                    [](float r, double o, double u, double t, int f, double c) {
                        const double off = u > o ? u - o : o - u;
                        return LiveTile{r, u > 0 ? float(off / u) : 0.0F, float(f / c), t > 0 ? float(1 - o / t) : 0.0F};
                    },
                    select(scores.valid, residual(), invalidScore), objective, bound, total, fractional, cells),
                first);

        const WarpLanes<double> unit = widePowerOfTwo(scores.exponent);
        const auto greatest = [&](const WarpLanes<float> &x) {
            return greatestOfWarp(to<double>(select(first, x, 0.0F)));
        };
        const auto sum = [&](const WarpLanes<double> &x) {
            return sumOfWarp(select(first, x, 0.0));
        };
        const WarpLanes<double> rowResiduals = greatest(rowResidual);
        const WarpLanes<double> columnResiduals = greatest(columnResidual);
        const WarpLanes<double> capacityResiduals = greatest(capacityResidual);
        const WarpLanes<double> residuals = sum(to<double>(residual()));
        const WarpLanes<double> objectives = sum(objective * unit);
        const WarpLanes<double> bounds = sum(bound * unit);
        const WarpLanes<double> entropies = sum(to<double>(entropy) * 0.69314718055994531);
        const WarpLanes<double> fractionals = sum(to<double>(fractional));
        const WarpLanes<double> opens = sum(to<double>(open));
        const WarpLanes<double> runnings = sum(to<double>(running));
        scatter(
            launch.partial, WarpLanes<std::int64_t>(group),
            map([](double r, double c, double k, double s, double o, double u, double e, double f, double t,
                   double g) { return LiveSums{r, c, k, s, o, u, e, std::int64_t(f), std::int64_t(t), std::int64_t(g)}; },
                rowResiduals, columnResiduals, capacityResiduals, residuals, objectives, bounds, entropies, fractionals,
                opens, runnings),
            laneIndex() == 0);
    }
};

/// Index of entry (i, line of slot q) of the lane's tile in a captured plan.
template <int M>
NMS_FN WarpLanes<std::int64_t> planIndex(const TileFrame<M> &frame, const CaptureLaunch &launch, int q, int i)
{
    const Problem &problem = launch.problem;
    const WarpLanes<std::int64_t> row = (frame.tileRow - launch.tiles.row0) * problem.m + i;
    const WarpLanes<std::int64_t> col = (frame.tileCol - launch.tiles.col0) * problem.m + to<std::int64_t>(frame.line[q]);
    return row * launch.planStride + col;
}

/// Whether the entry is inside the matrix.
template <int M> NMS_FN WarpLanes<bool> isReal(const TileFrame<M> &frame, const Problem &problem, int q, int i)
{
    const WarpLanes<std::int64_t> row = frame.tileRow * problem.m + i;
    const WarpLanes<std::int64_t> col = frame.tileCol * problem.m + to<std::int64_t>(frame.line[q]);
    return frame.tileUsed & frame.lineUsed[q] & (row < problem.rows) & (col < problem.cols) & (i < problem.m);
}

/// Stores the thresholds of the lane's line as a row and as a column, given in the units of the scaled scores.
template <int M>
NMS_FN void storeThresholds(const ScoreTile<M> &scores, const CaptureLaunch &launch, int q, const WarpLanes<float> &row,
                            const WarpLanes<float> &column)
{
    const TileFrame<M> &frame = scores.frame;
    const WarpLanes<bool> mine = frame.tileUsed & frame.lineUsed[q];
    const WarpLanes<std::int64_t> at = frame.index * (2 * std::int64_t(launch.problem.m)) + to<std::int64_t>(frame.line[q]);
    const auto inScoreUnits = [&](const WarpLanes<float> &threshold) {
        const WarpLanes<float> real = scaledBy(threshold, scores.exponent);
        return select(scores.blank, WarpLanes<float>(0.0F), smaller(larger(real, -largestFloat), largestFloat));
    };
    scatter(launch.thresholds, at, inScoreUnits(row), mine);
    scatter(launch.thresholds, at + launch.problem.m, inScoreUnits(column), mine);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
