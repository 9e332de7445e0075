// SPDX-License-Identifier: Apache-2.0
// What one warp does in each launch of the methods that need no plan; input and output are in global memory.
#pragma once

#include "gpu/cuda/warp/bound_tile.h"
#include "gpu/cuda/warp/exact_tile.h"
#include "gpu/cuda/warp/lane_tiles.h"
#include "gpu/cuda/warp/results.h"
#include "gpu/cuda/warp/rounding_tile.h"
#include "gpu/cuda/warp/table_search.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> inline constexpr int wordsOf<M, ExactLaunch> = 2 * Layout<M>::tileWords + 2 * Layout<M>::vectorWords;
template <> inline constexpr int wordsOf<4, ExactLaunch> = 0;
template <> inline constexpr int tilesOfWarp<4, ExactLaunch> = 32;
template <int M> inline constexpr int wordsOf<M, GreedyLaunch> = Layout<M>::tileWords + Layout<M>::vectorWords;
template <int M> inline constexpr int wordsOf<M, StandardLaunch> = Layout<M>::tileWords;

template <int M>
NMS_FN void storeOptimum(const ExactWarpTile<M> &exact, const ScoreTile<M> &scores, const MaskLaunch &launch)
{
    storeMask(exact.mask, launch);
    const WarpLanes<double> objective = scores.sumOf(exact.mask.rowKept);
    WarpLanes<double> bound = objective;
    if (any(!exact.proven)) // the sum of all scores is always a bound
        bound = select(exact.proven, objective, scores.total());
    storeFigures(scores, launch, objective, bound, 0.0F, exact.steps);
}

/// `exact` by enumerating all masks in a table.
NMS_FN void searchTables(const ExactLaunch &launch, std::int64_t group)
{
    const Problem &problem = launch.problem;
    const LaneTiles tiles(problem, launch.tiles, group);
    WarpLanes<int> scores[4][4];
    tiles.quantise(scores);
    WarpLanes<std::uint32_t> kept = 0xffffU; // for n = m
    const auto search = [&](auto table) {
        using Table = decltype(table);
        kept = select(tiles.blank, WarpLanes<std::uint32_t>(Table::band), Table::best(scores));
    };
    if (problem.m == 2 && problem.n == 1)
        search(TableSearch<1, 2>());
    else if (problem.m == 3 && problem.n == 1)
        search(TableSearch<1, 3>());
    else if (problem.m == 3 && problem.n == 2)
        search(TableSearch<2, 3>());
    else if (problem.m == 4 && problem.n == 1)
        search(TableSearch<1, 4>());
    else if (problem.m == 4 && problem.n == 2)
        search(TableSearch<2, 4>());
    else if (problem.m == 4 && problem.n == 3)
        search(TableSearch<3, 4>());
    tiles.storeMask(kept, launch);
    tiles.storeFigures(tiles.sumOf(kept), launch);
}

/// `exact` by sweeps and shortest paths.
template <int M> NMS_FN void searchPaths(WarpMemory &memory, const ExactLaunch &launch, std::int64_t group)
{
    const TileFrame<M> frame(launch.problem, launch.tiles, group);
    const ScoreTile<M> scores(memory, frame, launch.problem);
    MaskTile<M> mask(frame);
    ExactWarpTile<M> exact(memory, scores, mask);
    exact.solve();
    storeOptimum(exact, scores, launch);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const ExactLaunch &launch, std::int64_t group)
{
    if constexpr (M == 4)
        searchTables(launch, group);
    else
        searchPaths<M>(memory, launch, group);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const GreedyLaunch &launch, std::int64_t group)
{
    constexpr int boundSweeps = 4;
    const TileFrame<M> frame(launch.problem, launch.tiles, group);
    ScoreTile<M> scores(memory, frame, launch.problem);
    MaskTile<M> mask(frame);
    mask.keepBand(scores.blank);
    Shared line = memory.take(Layout<M>::vectorWords);
    takeFirst(memory, scores, mask, line);
    {
        const ScoreKeys<M> keys(scores);
        RoundingTile<M, ScoreKeys<M>> rounding(keys, scores, mask);
        rounding.greedy();
        rounding.swaps(launch.bestSwaps);
    }
    storeMask(mask, launch);
    memory.sync();
    scores.scale(memory);
    BoundTile<M> dual(memory, scores, line);
    dual.sweep(boundSweeps);
    storeFigures(scores, launch, scores.sumOf(mask.rowKept), dual.bound(), 0.0F, 0);
}

template <int M> NMS_FN void runTiles(WarpMemory &memory, const StandardLaunch &launch, std::int64_t group)
{
    using L = Layout<M>;
    using Bits = typename TileFrame<M>::Bits;
    const TileFrame<M> frame(launch.problem, launch.tiles, group);
    const ScoreTile<M> scores(memory, frame, launch.problem);
    MaskTile<M> mask(frame);
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        const WarpLanes<int> first = launch.alongRows ? frame.word(frame.line[q], 0) : frame.word(0, frame.line[q]);
        const int step = launch.alongRows ? 1 : L::pitch;
        WarpLanes<float> values[M];
        NMS_UNROLL
        for (int k = 0; k < M; ++k)
            values[k] = k < frame.m ? scores.score.load(first + k * step) : WarpLanes<float>(-1.0F);
        WarpLanes<float> nth;
        WarpLanes<float> next;
        selectTwo(values, frame.n, nth, next);
        WarpLanes<Bits> kept = Bits(0);
        WarpLanes<Bits> ties = Bits(0);
        for (int k = 0; k < frame.m; ++k) {
            const WarpLanes<float> a = scores.score.load(first + k * step);
            kept = kept | select(a > nth, WarpLanes<Bits>(Bits(1) << k), Bits(0));
            ties = ties | select(a == nth, WarpLanes<Bits>(Bits(1) << k), Bits(0));
        }
        for (;;) { // of equal entries the first ones
            const WarpLanes<bool> room = frame.lineUsed[q] & (countOnes(kept) < frame.n);
            if (!any(room))
                break;
            const WarpLanes<Bits> tie = ties & (~ties + Bits(1));
            kept = kept | select(room, tie, Bits(0));
            ties = ties ^ tie;
        }
        mask.rowKept[q] = kept;
    }
    if (!launch.alongRows)
        mask.transposeRows();
    if (ownsHalves<M>(launch))
        storeHalves(mask, launch);
    else
        storeMask(mask, launch);
    const WarpLanes<double> objective = scores.sumOf(mask.rowKept);
    storeFigures(scores, launch, objective, objective, 0.0F, 0);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
