// SPDX-License-Identifier: Apache-2.0
// What one warp does in each launch of a live solve by exact; input and output are in global memory.
#pragma once

#include "gpu/cuda/warp/live_figures.h"
#include "gpu/cuda/warp/mask_programs.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> inline constexpr int wordsOf<M, ExactAdvanceLaunch> = 2 * Layout<M>::tileWords + 2 * Layout<M>::vectorWords;
template <int M> inline constexpr int wordsOf<M, ExactResumeLaunch> = wordsOf<M, ExactAdvanceLaunch>;
template <int M> inline constexpr int wordsOf<M, ExactCaptureLaunch> = Layout<M>::tileWords;

/// Steps done on the lane's tile; `balanced`: nothing is left to do.
template <int M>
NMS_FN WarpLanes<int> stepsOf(const TileFrame<M> &frame, const Problem &problem, const SearchState &search,
                              WarpLanes<bool> &balanced)
{
    const WarpLanes<int> stored = gather(search.steps, tileIndex(frame, problem), frame.tileUsed);
    balanced = (stored < 0) | !frame.tileUsed;
    return larger(stored, -stored);
}

/// Index of the word of the lane's line in arrays of m words per tile.
template <int M> NMS_FN WarpLanes<std::int64_t> lineIndex(const TileFrame<M> &frame, const Problem &problem, int q)
{
    return tileIndex(frame, problem) * problem.m + to<std::int64_t>(frame.line[q]);
}

template <int M>
NMS_FN void loadSearch(ExactWarpTile<M> &exact, const TileFrame<M> &frame, const Problem &problem, const SearchState &search)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<std::int64_t> line = lineIndex(frame, problem, q);
        const WarpLanes<std::int64_t> row = line + tileIndex(frame, problem) * problem.m;
        exact.alpha[q] = gather(search.potentials, row, frame.lineUsed[q]);
        exact.beta[q] = gather(search.potentials, row + problem.m, frame.lineUsed[q]);
        exact.mask.rowKept[q] = to<typename TileFrame<M>::Bits>(gather(search.kept, line, frame.lineUsed[q]));
    }
    exact.mask.updateFromRows();
}

template <int M>
NMS_FN void storeSearch(const ExactWarpTile<M> &exact, const TileFrame<M> &frame, const Problem &problem,
                        const WarpLanes<bool> &balanced, const SearchState &search)
{
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<bool> mine = frame.lineUsed[q] & frame.tileUsed;
        const WarpLanes<std::int64_t> line = lineIndex(frame, problem, q);
        const WarpLanes<std::int64_t> row = line + tileIndex(frame, problem) * problem.m;
        scatter(search.potentials, row, exact.alpha[q], mine);
        scatter(search.potentials, row + problem.m, exact.beta[q], mine);
        scatter(search.kept, line, to<std::uint64_t>(exact.mask.rowKept[q]), mine);
    }
    scatter(search.steps, tileIndex(frame, problem), select(balanced, -exact.steps, exact.steps),
            frame.tileUsed & (frame.line[0] == 0));
}

/// Does iteration `k` of the tiles that are not balanced yet; returns which are balanced afterwards.
template <int M> NMS_FN WarpLanes<bool> iterate(ExactWarpTile<M> &exact, const ScoreTile<M> &scores, int k)
{
    constexpr int sweeps = ExactWarpTile<M>::sweeps;
    const WarpLanes<int> before = exact.steps;
    WarpLanes<bool> balanced = scores.blank;
    if (k <= sweeps) {
        if (k < sweeps)
            exact.earlySweeps(k - 1, 1);
        else
            exact.sweep();
        (void)exact.keepAbove(k == sweeps);
        exact.steps = select(scores.blank, WarpLanes<int>(1), k);
    } else {
        (void)exact.augment();
        balanced = balanced | (exact.steps == before); // no path: all lines are balanced
    }
    if (k >= sweeps) {
        WarpLanes<int> off = 0;
        NMS_UNROLL
        for (int q = 0; q < Layout<M>::slots; ++q)
            off = off + to<int>((exact.mask.rowRoom[q] != 0) | (exact.mask.columnRoom[q] != 0));
        balanced = balanced | (scores.frame.sumOverLines(off) == 0);
    }
    return balanced;
}

/// max |Σ_j S_ij − n| / n over the lines of the lane's tile.
template <int M>
NMS_FN WarpLanes<float> violationOf(const TileFrame<M> &frame, const WarpLanes<int> (&room)[Layout<M>::slots])
{
    WarpLanes<int> most = 0;
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q)
        most = larger(most, larger(room[q], -room[q]));
    return to<float>(frame.greatestOverLines(most)) / float(frame.n);
}

/// A quantised potential in the units of the stored scores.
template <int M> NMS_FN WarpLanes<float> inScoreUnits(const ScoreTile<M> &scores, const WarpLanes<int> &potential)
{
    return select(scores.blank, WarpLanes<float>(0.0F),
                  to<float>(to<double>(potential) * (to<double>(scores.greatest) / double(ExactWarpTile<M>::unit))));
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const ExactAdvanceLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    WarpLanes<bool> balanced = false;
    WarpLanes<int> steps = 0;
    if (launch.iteration > 0) {
        steps = stepsOf(frame, problem, launch.search, balanced);
        if (!any(!balanced))
            return;
    }
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory); // by a power of two, so that the quantised scores equal those of a batch solve
    MaskTile<M> mask(frame);
    ExactWarpTile<M> exact(memory, scores, mask);
    exact.steps = 0;
    exact.proven = false;
    if (launch.iteration > 0) {
        loadSearch(exact, frame, problem, launch.search);
        exact.steps = steps;
        balanced = iterate(exact, scores, launch.iteration);
        if (any(balanced))
            exact.conclude();
    }
    storeSearch(exact, frame, problem, balanced, launch.search);

    LiveFigures<M> figures;
    figures.rowResidual = violationOf(frame, mask.rowRoom);
    figures.columnResidual = violationOf(frame, mask.columnRoom);
    figures.objective = scores.sumOf(mask.rowKept);
    figures.total = scores.total();
    BoundTile<M> dual(memory, scores, exact.spareLines());
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        dual.alpha[q] = select(frame.lineUsed[q], inScoreUnits(scores, exact.alpha[q]), 0.0F);
        dual.beta[q] = select(frame.lineUsed[q], inScoreUnits(scores, exact.beta[q]), 0.0F);
    }
    figures.bound = select(exact.proven, figures.objective, dual.bound());
    figures.open = !exact.proven;
    figures.running = !balanced;
    figures.store(scores, launch, group);
}

/// For a tile whose search is unfinished, it is continued to the end.
template <int M> NMS_FN void runTiles(WarpMemory &memory, const ExactResumeLaunch &launch, std::int64_t group)
{
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    const ScoreTile<M> scores(memory, frame, problem);
    MaskTile<M> mask(frame);
    ExactWarpTile<M> exact(memory, scores, mask);
    WarpLanes<bool> balanced = false;
    exact.steps = stepsOf(frame, problem, launch.search, balanced);
    loadSearch(exact, frame, problem, launch.search);
    if (launch.iteration < ExactWarpTile<M>::sweeps) {
        exact.earlySweeps(launch.iteration, ExactWarpTile<M>::sweeps - 1 - launch.iteration);
        exact.sweep();
        (void)exact.keepAbove(true);
        exact.steps = select(scores.blank, WarpLanes<int>(1), ExactWarpTile<M>::sweeps);
    }
    exact.finish();
    storeOptimum(exact, scores, launch);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const ExactCaptureLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    const Problem &problem = launch.problem;
    const TileFrame<M> frame(problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, problem);
    scores.scale(memory);
    MaskTile<M> mask(frame);
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q)
        mask.rowKept[q] =
            to<typename TileFrame<M>::Bits>(gather(launch.search.kept, lineIndex(frame, problem, q), frame.lineUsed[q]));
    mask.updateFromRows();
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        NMS_UNROLL_SOME
        for (int i = 0; i < M; ++i)
            scatter(launch.plan, planIndex(frame, launch, q, i), to<float>(hasBit(mask.columnKept[q], WarpLanes<int>(i))),
                    isReal(frame, problem, q, i));
        const WarpLanes<std::int64_t> row = lineIndex(frame, problem, q) + tileIndex(frame, problem) * problem.m;
        storeThresholds(scores, launch, q, inScoreUnits(scores, gather(launch.search.potentials, row, frame.lineUsed[q])),
                        inScoreUnits(scores, gather(launch.search.potentials, row + problem.m, frame.lineUsed[q])));
    }
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
