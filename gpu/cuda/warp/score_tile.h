// SPDX-License-Identifier: Apache-2.0
// The scores of the tiles of one warp, in its shared memory.
#pragma once

#include "gpu/cuda/warp/tile_frame.h"
#include "gpu/cuda/warp/weights.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class ScoreTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    /// Reads every weight once; entries outside of the matrix are zero.
    NMS_FN ScoreTile(WarpMemory &memory, const Frame &frame_, const Problem &problem)
        : frame(frame_), score(memory.take(L::tileWords)), exponent(0)
    {
        WarpLanes<bool> invalid = false;
        withStorage(problem.type, [&](auto stored) { read<decltype(stored)>(problem, invalid); });
        if (any(invalid)) {
            invalid = false;
            repair(invalid);
        }
        greatest = frame.greatestOverLines(greatest);
        valid = frame.sumOverLines(to<int>(invalid)) == 0;
        blank = greatest == 0.0F;
        memory.sync();
    }

    /// Scales by a power of two so that the greatest is in [1, 2). Scores smaller by 2^126 lose digits.
    NMS_FN void scale(WarpMemory &memory)
    {
        exponent = exponentOf(select(blank, WarpLanes<float>(1.0F), greatest));
        greatest = scaledBy(greatest, -exponent);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            for (int i = 0; i < M; ++i)
                score.store(frame.word(i, frame.line[q]), scaledBy(score.load(frame.word(i, frame.line[q])), -exponent));
        memory.sync();
    }

    NMS_FN WarpLanes<float> at(const WarpLanes<int> &row, const WarpLanes<int> &column) const
    {
        return score.load(frame.word(row, column));
    }

    /// Σ of the kept scores, in double, in the units of the stored scores.
    NMS_FN WarpLanes<double> sumOf(const WarpLanes<Bits> (&rowKept)[L::slots]) const
    {
        WarpLanes<double> sum = 0.0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            for (int j = 0; j < frame.m; ++j) {
                const WarpLanes<double> a = to<double>(at(frame.line[q], j));
                sum = sum + select(frame.lineUsed[q] & hasBit(rowKept[q], WarpLanes<int>(j)), a, 0.0);
            }
        }
        return frame.sumOverLines(sum);
    }

    /// Σ of all scores, also in double and these units.
    NMS_FN WarpLanes<double> total() const
    {
        WarpLanes<Bits> all[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            all[q] = ~Bits(0);
        return sumOf(all);
    }

    const Frame &frame;
    Shared score;
    WarpLanes<float> greatest;
    WarpLanes<int> exponent; // A = stored score · 2^exponent
    WarpLanes<bool> valid; // all scores were finite and ≥ 0; others count as 0
    WarpLanes<bool> blank; // all scores are zero

private:
    /// Stores the weights' values and finds the greatest; `odd` where one of them may not be finite and ≥ 0.
    template <class Stored> NMS_FN void read(const Problem &problem, WarpLanes<bool> &odd)
    {
        const auto *weights = static_cast<const typename Stored::Element *>(problem.weights);
        const std::uint32_t kept = problem.magnitudes ? 0x7fffffffU : 0xffffffffU; // clears the sign bit, or nothing
        const WarpLanes<int> rows = to<int>(frame.realRows(problem));
        const WarpLanes<int> cols = to<int>(frame.realCols(problem));
        WarpLanes<std::uint32_t> together = 0U;
        WarpLanes<int> most = 0; // bit patterns of nonnegative floats are ordered like their values
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<int> real = select(frame.line[q] < cols, rows, 0); // of the lane's column
            const WarpLanes<std::int64_t> col = frame.tileCol * frame.m + to<std::int64_t>(frame.line[q]);
            WarpLanes<std::int64_t> from = frame.tileRow * frame.m * problem.stride + col;
            NMS_UNROLL_SOME
            for (int i = 0; i < M; ++i) { // adjacent lanes read adjacent columns
                const WarpLanes<std::uint32_t> bits =
                    map([kept](typename Stored::Element w) { return bitsOfFloat(Stored::value(w)) & kept; },
                        gather(weights, from, WarpLanes<int>(i) < real));
                together = together | bits;
                most = larger(most, to<int>(bits));
                score.store(frame.word(i, frame.line[q]), map([](std::uint32_t x) { return floatOfBits(x); }, bits));
                from = from + problem.stride;
            }
        }
        greatest = map([](int bits) { return floatOfBits(std::uint32_t(bits)); }, most);
        odd = ((together & 0x80000000U) != 0U) | !(greatest <= largestFloat); // the second is also true for NaN
    }

    /// Slow path: counts negative and non-finite scores as 0.
    NMS_FN void repair(WarpLanes<bool> &invalid)
    {
        greatest = 0.0F;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            NMS_NO_UNROLL
            for (int i = 0; i < M; ++i) {
                WarpLanes<float> a = at(i, frame.line[q]);
                const WarpLanes<bool> fine = (a >= 0.0F) & (a <= largestFloat); // false for NaN
                invalid = invalid | !fine;
                a = select(fine, a, 0.0F);
                greatest = larger(greatest, a);
                score.store(frame.word(i, frame.line[q]), a);
            }
        }
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
