// SPDX-License-Identifier: Apache-2.0
// The first threshold sweeps of exact where N is half of the padded side, on scores of 14 bits, two to a register (the
// sequence of core/tile/exact/coarse_steps.h): of a line, entry k and entry k + M/2 are one pair. Both halves of a line are
// sorted at the same time, and the middle two of all are found from the two sorted lists.
//
// Nothing overflows 16 bits: scores are 0 … 16383, thresholds are limited to ±16383 and 0 for unused lines, so that the
// padding, −16384, less any of them is less than every other value.
#pragma once

#include "gpu/cuda/warp/selection.h"
#include "gpu/cuda/warp/tile_frame.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// What a relaxed sweep moves a threshold to: 11/8 as far as `middle`, within ±`limit`.
NMS_FN WarpLanes<int> relaxedThreshold(const WarpLanes<int> &old, const WarpLanes<int> &middle, int limit)
{
    return map(
        [limit](int from, int to) {
            const int moved = to - from;
            return greatestOf(leastOf(to + (moved >> 2) + (moved >> 3), limit), -limit);
        },
        old, middle);
}

template <int M> class CoarseSweeps
{
public:
    using L = Layout<M>;
    static_assert(L::slots == 1 && M >= 8);

    static constexpr int half = M / 2;
    static constexpr int shift = 10; // from a score of 24 bits
    static constexpr int unit = 16383; // the greatest score and threshold
    /// What stands for no score among those of 24 bits: below every value in a sweep there, and −16384 here.
    static constexpr int padding = -(1 << 30) + ((65536 - 16384) << shift);

    /// `integers`: the scores of 24 bits; `line`: M words for each tile, free until the last sweep is done.
    NMS_FN CoarseSweeps(WarpMemory &memory, const TileFrame<M> &frame, const Shared &integers, const Shared &line,
                        const WarpLanes<int> &alpha_, const WarpLanes<int> &beta_)
        : alpha(narrowed(alpha_)), beta(narrowed(beta_)), m_memory(memory), m_frame(frame), m_line(line)
    {
        const WarpLanes<int> &mine = frame.line[0];
        const auto pairs = [&](const WarpLanes<int> &first, const WarpLanes<int> &second) {
            return map([](int low, int high) { return pairOf(low >> shift, high >> shift); }, loadInt(integers, first),
                       loadInt(integers, second));
        };
        NMS_UNROLL
        for (int k = 0; k < half; ++k) {
            m_row[k] = pairs(frame.word(mine, k), frame.word(mine, k + half));
            m_column[k] = pairs(frame.word(k, mine), frame.word(k + half, mine));
        }
    }

    NMS_FN void sweep(bool relaxed)
    {
        side(m_row, beta, relaxed, alpha);
        side(m_column, alpha, relaxed, beta);
    }

    WarpLanes<int> alpha; // of the lane's line as a row, in coarse units
    WarpLanes<int> beta; // of the lane's line as a column

private:
    static NMS_FN WarpLanes<int> narrowed(const WarpLanes<int> &potential)
    {
        return map([](int x) { return greatestOf(leastOf(x >> shift, unit), -unit); }, potential);
    }

    NMS_FN void side(const WarpLanes<Pair> (&scores)[half], const WarpLanes<int> &other, bool relaxed, WarpLanes<int> &own)
    {
        m_memory.sync();
        const WarpLanes<int> farther = shuffleXor(other, half); // of lane k: that of line k + M/2
        storePair(m_line, m_frame.vectorBase + m_frame.line[0],
                  map([](int low, int high) { return pairOf(low, high); }, other, farther));
        m_memory.sync();
        WarpLanes<Pair> values[half];
        NMS_UNROLL
        for (int k = 0; k < half; ++k)
            values[k] = scores[k] - loadPair(m_line, m_frame.vectorBase + k);
        SortingNetwork<Pair, half>::sort(values);
        // Of two lists a and b in descending order, half values each: the half-th is the least of max(a_i, b_half+1−i), the
        // next one the greatest of min(a_i, b_half+1−i).
        WarpLanes<Pair> least;
        WarpLanes<Pair> most;
        NMS_UNROLL
        for (int i = 0; i < half / 2; ++i) {
            const WarpLanes<Pair> opposite = map([](Pair x) { return swapped(x); }, values[half - 1 - i]);
            const WarpLanes<Pair> upper = larger(values[i], opposite);
            const WarpLanes<Pair> lower = smaller(values[i], opposite);
            least = i == 0 ? upper : smaller(least, upper);
            most = i == 0 ? lower : larger(most, lower);
        }
        const WarpLanes<int> middle = map(
            [](Pair above, Pair below) {
                const int nth = leastOf(lowOf(above), highOf(above)), next = greatestOf(lowOf(below), highOf(below));
                return greatestOf(leastOf((nth + next) >> 1, unit), -unit);
            },
            least, most);
        own = select(m_frame.lineUsed[0], relaxed ? relaxedThreshold(own, middle, unit) : middle, 0);
    }

    WarpMemory &m_memory;
    const TileFrame<M> &m_frame;
    Shared m_line;
    WarpLanes<Pair> m_row[half];
    WarpLanes<Pair> m_column[half];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
