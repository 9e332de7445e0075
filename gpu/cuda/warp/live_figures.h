// SPDX-License-Identifier: Apache-2.0
// What a live iteration tells of the tiles of one warp.
#pragma once

#include "gpu/cuda/warp/results.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Of the lane's tile, the same in all of its lanes; in the units of the scores as they lie here.
template <int M> struct LiveFigures {
    Lanes<float> rowResidual;
    Lanes<float> columnResidual;
    Lanes<float> capacityResidual = 0.0F;
    Lanes<double> objective;
    Lanes<double> bound;
    Lanes<double> total; // of all scores
    Lanes<float> entropy = 0.0F; // bits
    Lanes<int> fractional = 0;
    Lanes<bool> open; // not converged, or not proven
    Lanes<bool> running; // goes on changing

    NMS_FN Lanes<float> residual() const { return larger(rowResidual, columnResidual); }

    /// Each tile's own, and the warp's share of the sums.
    NMS_FN void store(const ScoreTile<M> &scores, const AdvanceLaunch &launch, std::int64_t group) const
    {
        const TileFrame<M> &frame = scores.frame;
        const Problem &problem = launch.problem;
        const Lanes<bool> first = frame.tileUsed & (frame.line[0] == 0);
        const double cells = double(problem.m) * problem.m;
        scatter(launch.live, tileIndex(frame, problem),
                map(
                    [cells](float r, double o, double u, double t, int f) {
                        const double off = u > o ? u - o : o - u;
                        return LiveTile{r, u > 0 ? float(off / u) : 0.0F, float(f / cells), t > 0 ? float(1 - o / t) : 0.0F};
                    },
                    select(scores.valid, residual(), invalidScore), objective, bound, total, fractional),
                first);

        const Lanes<double> unit = widePowerOfTwo(scores.exponent);
        const auto greatest = [&](const Lanes<float> &x) {
            return greatestOfWarp(to<double>(select(first, x, 0.0F)));
        };
        const auto sum = [&](const Lanes<double> &x) {
            return sumOfWarp(select(first, x, 0.0));
        };
        const Lanes<double> rowResiduals = greatest(rowResidual);
        const Lanes<double> columnResiduals = greatest(columnResidual);
        const Lanes<double> capacityResiduals = greatest(capacityResidual);
        const Lanes<double> residuals = sum(to<double>(residual()));
        const Lanes<double> objectives = sum(objective * unit);
        const Lanes<double> bounds = sum(bound * unit);
        const Lanes<double> entropies = sum(to<double>(entropy) * 0.69314718055994531);
        const Lanes<double> fractionals = sum(to<double>(fractional));
        const Lanes<double> opens = sum(to<double>(open));
        const Lanes<double> runnings = sum(to<double>(running));
        scatter(
            launch.partial, Lanes<std::int64_t>(group),
            map([](double r, double c, double k, double s, double o, double u, double e, double f, double t,
                   double g) { return LiveSums{r, c, k, s, o, u, e, std::int64_t(f), std::int64_t(t), std::int64_t(g)}; },
                rowResiduals, columnResiduals, capacityResiduals, residuals, objectives, bounds, entropies, fractionals,
                opens, runnings),
            laneIndex() == 0);
    }
};

/// Where entry (i, line of slot q) of the lane's tile lies in a captured plan.
template <int M> NMS_FN Lanes<std::int64_t> planIndex(const TileFrame<M> &frame, const CaptureLaunch &launch, int q, int i)
{
    const Problem &problem = launch.problem;
    const Lanes<std::int64_t> row = (frame.tileRow - launch.tiles.row0) * problem.m + i;
    const Lanes<std::int64_t> col = (frame.tileCol - launch.tiles.col0) * problem.m + to<std::int64_t>(frame.line[q]);
    return row * launch.planStride + col;
}

/// Whether the matrix has that entry.
template <int M> NMS_FN Lanes<bool> isReal(const TileFrame<M> &frame, const Problem &problem, int q, int i)
{
    const Lanes<std::int64_t> row = frame.tileRow * problem.m + i;
    const Lanes<std::int64_t> col = frame.tileCol * problem.m + to<std::int64_t>(frame.line[q]);
    return frame.tileUsed & frame.lineUsed[q] & (row < problem.rows) & (col < problem.cols) & (i < problem.m);
}

/// Thresholds of the lane's line as a row and as a column, given in the units of the scaled scores.
template <int M>
NMS_FN void storeThresholds(const ScoreTile<M> &scores, const CaptureLaunch &launch, int q, const Lanes<float> &row,
                            const Lanes<float> &column)
{
    const TileFrame<M> &frame = scores.frame;
    const Lanes<bool> mine = frame.tileUsed & frame.lineUsed[q];
    const Lanes<std::int64_t> at = frame.index * (2 * std::int64_t(launch.problem.m)) + to<std::int64_t>(frame.line[q]);
    const auto inScoreUnits = [&](const Lanes<float> &threshold) {
        const Lanes<float> real = scaledBy(threshold, scores.exponent);
        return select(scores.blank, Lanes<float>(0.0F), smaller(larger(real, -largestFloat), largestFloat));
    };
    scatter(launch.thresholds, at, inScoreUnits(row), mine);
    scatter(launch.thresholds, at + launch.problem.m, inScoreUnits(column), mine);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
