// SPDX-License-Identifier: Apache-2.0
// Writes masks and figures to global memory.
#pragma once

#include "gpu/cuda/warp/mask_tile.h"
#include "gpu/cuda/warp/score_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Index of the lane's tile among the tiles of the problem.
template <int M> NMS_FN WarpLanes<std::int64_t> tileIndex(const TileFrame<M> &frame, const Problem &problem)
{
    return frame.tileRow * ((problem.cols + problem.m - 1) / problem.m) + frame.tileCol;
}

/// True if a warp's tiles fill whole halves of the mask's words (whole words for M = 64), which no other warp writes.
template <int M> NMS_FN bool ownsHalves(const MaskLaunch &launch)
{
    const TileSet &tiles = launch.tiles;
    return launch.problem.m == M && (tiles.width | tiles.first | tiles.col0 | tiles.count) % Layout<M>::tiles == 0;
}

/// storeMask() where ownsHalves(): each row of the warp's tiles is stored by one lane, where otherwise each tile's part of
/// it takes an atomic operation. For launches that are bound by memory; it takes some more registers.
template <int M> NMS_FN void storeHalves(const MaskTile<M> &mask, const MaskLaunch &launch)
{
    using L = Layout<M>;
    using Bits = typename TileFrame<M>::Bits;
    constexpr int width = M < 32 ? 32 : M; // bits
    const TileFrame<M> &frame = mask.frame;
    const WarpLanes<std::int64_t> col0 = frame.tileCol * M;
    const WarpLanes<Bits> real =
        map([](std::int64_t k) { return ~Bits(0) >> (width - (k < M ? int(k) : M)); }, -col0 + launch.problem.cols);
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        const WarpLanes<std::int64_t> row = frame.tileRow * M + to<std::int64_t>(frame.line[q]);
        const WarpLanes<bool> mine = (frame.vectorBase == 0) & (row < launch.problem.rows);
        WarpLanes<Bits> bits =
            map([](Bits kept, int shift) { return kept << shift; }, mask.rowKept[q] & real, frame.vectorBase);
        NMS_UNROLL
        for (int step = L::lanes; step < 32; step *= 2)
            bits = bits | shuffleXor(bits, step);
        if constexpr (M > 32)
            scatter(launch.mask, row * launch.maskWordsPerRow + frame.tileCol, bits, mine);
        else
            scatterHalves(launch.mask, row * (2 * launch.maskWordsPerRow) + col0 / 32, bits, mine);
    }
}

/// ORs the kept entries of the real rows and columns (without padding) into the mask.
template <int M> NMS_FN void storeMask(const MaskTile<M> &mask, const MaskLaunch &launch)
{
    const TileFrame<M> &frame = mask.frame;
    const Problem &problem = launch.problem;
    const WarpLanes<std::int64_t> col0 = frame.tileCol * problem.m;
    const WarpLanes<std::int64_t> real = smaller(WarpLanes<std::int64_t>(problem.cols) - col0, problem.m);
    const WarpLanes<std::uint64_t> realBits = map([](std::int64_t k) { return ~std::uint64_t(0) >> (64 - k); }, real);
    const WarpLanes<std::int64_t> shift = col0 % 64;
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        const WarpLanes<std::int64_t> row = frame.tileRow * problem.m + to<std::int64_t>(frame.line[q]);
        const WarpLanes<std::uint64_t> kept = to<std::uint64_t>(mask.rowKept[q]) & realBits;
        const WarpLanes<std::uint64_t> low = map([](std::uint64_t k, std::int64_t s) { return k << s; }, kept, shift);
        const WarpLanes<std::uint64_t> high =
            map([](std::uint64_t k, std::int64_t s) { return s == 0 ? std::uint64_t(0) : k >> (64 - s); }, kept, shift);
        const WarpLanes<bool> mine = frame.lineUsed[q] & frame.tileUsed & (row < problem.rows);
        const WarpLanes<std::int64_t> word = row * launch.maskWordsPerRow + col0 / 64;
        scatterOr(launch.mask, word, low, mine & (low != std::uint64_t(0)));
        scatterOr(launch.mask, word + 1, high, mine & (high != std::uint64_t(0)));
    }
}

/// Stores figures; `objective` and `bound` are in the units of the stored scores.
template <int M>
NMS_FN void storeFigures(const ScoreTile<M> &scores, const MaskLaunch &launch, const WarpLanes<double> &objective,
                         const WarpLanes<double> &bound, const WarpLanes<float> &residual, const WarpLanes<int> &iterations)
{
    const TileFrame<M> &frame = scores.frame;
    scatter(launch.figures, tileIndex(frame, launch.problem),
            map(
                [](double o, double u, double s, float r, int k) {
                    return TileFigures{o * s, (u > o ? u : o) * s, r, k}; // rounding may make equal ones differ
                },
                objective, bound, widePowerOfTwo(scores.exponent), select(scores.valid, residual, invalidScore), iterations),
            frame.tileUsed & (frame.line[0] == 0));
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
