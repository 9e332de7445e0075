// SPDX-License-Identifier: Apache-2.0
// The plan S = min(1, Y) of the tiles of one warp, Y_ij = 2^(s·A_ij + e_i + e_j) · f_i · f_j: each potential is an integer
// power of two and a factor. Rebasing moves powers of two from the factors into the exponents, which is exact, so single
// precision suffices for the potentials without drift; the only rounding of the exponential's argument is relative to the
// size of the result, which is small wherever the entry matters. Between rebases K = 2^(s·A + e_i + e_j) is constant.
#pragma once

#include "gpu/cuda/warp/score_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

struct PlanFigures {
    WarpLanes<float> rowResidual; // max of |Σ_j S_ij − n|/n
    WarpLanes<float> columnResidual;
    WarpLanes<float> capacityResidual; // max of (S − 1)⁺ before the cap
};

/// `InRegisters`: each lane also keeps its row and its column of K in registers, so that loops over them are unrolled.
template <int M, bool InRegisters = Layout<M>::slots == 1> class PlanTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;

    /// `scores` are scaled.
    NMS_FN PlanTile(WarpMemory &memory_, const ScoreTile<M> &scores_, const Problem &problem)
        : scores(scores_), frame(scores_.frame), plan(memory_.take(L::tileWords)), rowVector(memory_.take(L::vectorWords)),
          capVector(memory_.take(L::vectorWords)), columnVector(memory_.take(L::vectorWords)), memory(memory_),
          running(true), iterations(0), moved(false)
    {
        const WarpLanes<double> scale = select(
            scores.blank, WarpLanes<double>(0.0),
            WarpLanes<double>(problem.scale) / to<double>(select(scores.blank, WarpLanes<float>(1.0F), scores.greatest)));
        scaleHigh = to<float>(scale);
        scaleLow = to<float>(scale - to<double>(scaleHigh));
    }

    /// Replaces K by S = min(1, Y), in registers and in `plan`; iterations cannot continue afterwards. `rowGain` and
    /// `columnGain` are the ratios by which the last iteration changed the factors, for the capacity residual.
    template <bool WithCapacity>
    NMS_FN PlanFigures formPlan(const WarpLanes<float> (&rowGain)[L::slots], const WarpLanes<float> (&columnGain)[L::slots])
    {
        WarpLanes<float> rowWorst = 0.0F;
        WarpLanes<float> columnWorst = 0.0F;
        WarpLanes<float> capacity = 0.0F;
        if constexpr (WithCapacity) {
            storeVector(capVector, columnGain);
            memory.sync();
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> sum = 0.0F;
            eachFour(columnVector, [&](int j, const WarpLanes<float>(&factor)[4]) {
                WarpLanes<float> gain[4];
                if constexpr (WithCapacity)
                    capVector.load4(frame.vectorBase + j, gain);
                NMS_UNROLL
                for (int k = 0; k < 4; ++k) {
                    const WarpLanes<float> y = row(q, j + k) * factor[k] * rowFactor[q];
                    if constexpr (WithCapacity)
                        capacity = larger(capacity, smaller(y, rowGain[q] * gain[k]) - 1.0F);
                    const WarpLanes<float> s = smaller(y, 1.0F);
                    sum = sum + s;
                    setRow(q, j + k, s);
                }
            });
            rowWorst = larger(rowWorst, violation(q, sum));
        }
        memory.sync();
        loadColumns();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> sum = 0.0F;
            NMS_UNROLL_BY(InRegisters ? M : 4)
            for (int i = 0; i < M; ++i)
                sum = sum + column(q, i);
            columnWorst = larger(columnWorst, violation(q, sum));
        }
        return {frame.greatestOverLines(rowWorst), frame.greatestOverLines(columnWorst), frame.greatestOverLines(capacity)};
    }

    /// The greatest violation of a row or column, bit for bit as formPlan() computes it. Unless `whole`, columns are
    /// evaluated only if the rows of some running tile are within the tolerance; otherwise the result is that of the rows
    /// alone, which exceeds the tolerance.
    NMS_FN WarpLanes<float> residual(float tolerance, bool whole)
    {
        memory.sync();
        storeVector(rowVector, rowFactor);
        memory.sync();
        WarpLanes<float> worst = 0.0F;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> inRow = 0.0F;
            eachFour(columnVector, [&](int j, const WarpLanes<float>(&factor)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k)
                    inRow = inRow + smaller(row(q, j + k) * factor[k] * rowFactor[q], 1.0F);
            });
            worst = larger(worst, violation(q, inRow));
        }
        memory.sync();
        const WarpLanes<float> ofRows = frame.greatestOverLines(worst);
        if (!whole && !any(running & (ofRows <= tolerance)))
            return ofRows;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> inColumn = 0.0F;
            eachFour(rowVector, [&](int i, const WarpLanes<float>(&factor)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k)
                    inColumn = inColumn + smaller(column(q, i + k) * columnFactor[q] * factor[k], 1.0F);
            });
            worst = larger(worst, violation(q, inColumn));
        }
        memory.sync();
        return frame.greatestOverLines(worst);
    }

    /// Moves the powers of two in the factors into the exponents.
    NMS_FN void rebase(const WarpLanes<bool> &where)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            moveExponent(where, rowFactor[q], rowExponent[q]);
            moveExponent(where, columnFactor[q], columnExponent[q]);
        }
        buildKernel();
    }

    /// Entry (line of slot q, j) of K, or of S after formPlan(); `column` likewise with the lane's line as column.
    NMS_FN WarpLanes<float> row(int q, int j) const
    {
        if constexpr (InRegisters)
            return m_row[j];
        else
            return plan.load(frame.word(frame.line[q], j));
    }
    NMS_FN WarpLanes<float> column(int q, int i) const
    {
        if constexpr (InRegisters)
            return m_column[i];
        else
            return plan.load(frame.word(i, frame.line[q]));
    }

    /// u/τ' in the units of the scaled scores: the plan keeps entries above −(row + column).
    NMS_FN WarpLanes<float> threshold(const WarpLanes<int> &exponent, const WarpLanes<float> &factor) const
    {
        const WarpLanes<float> potential = to<float>(exponent) + log2(factor);
        const WarpLanes<bool> some = scaleHigh > 0.0F;
        // A tiny τ leads to thresholds far outside the scores; any finite value is a valid dual.
        return smaller(larger(select(some, -potential / select(some, scaleHigh, 1.0F), 0.0F), -1e6F), 1e6F);
    }

    template <class F> NMS_FN void eachFour(const Shared &vector, F body) const
    {
        NMS_UNROLL_BY(fours)
        for (int j = 0; j < M; j += 4) {
            WarpLanes<float> four[4];
            vector.load4(frame.vectorBase + j, four);
            body(j, four);
        }
    }
    NMS_FN void storeVector(Shared &vector, const WarpLanes<float> (&values)[L::slots])
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            vector.store(frame.vectorBase + frame.line[q], values[q]);
    }

    /// Computes K for the current exponents; leaves the column factors in columnVector.
    NMS_FN void buildKernel()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            columnVector.store(frame.vectorBase + frame.line[q], to<float>(columnExponent[q]));
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<float> own = to<float>(rowExponent[q]);
            eachFour(columnVector, [&](int j, const WarpLanes<float>(&other)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k) {
                    const WarpLanes<float> a = scores.at(frame.line[q], j + k);
                    WarpLanes<float> x = fusedMultiplyAdd(scaleHigh, a, own + other[k]);
                    x = fusedMultiplyAdd(scaleLow, a, x);
                    x = smaller(larger(x, -126.0F), 120.0F); // 2^120 stays above 1 until the next rebase
                    setRow(q, j + k, select(frame.lineUsed[q] & (j + k < frame.m), exp2(x), 0.0F));
                }
            });
        }
        memory.sync();
        loadColumns();
        storeVector(columnVector, columnFactor);
        memory.sync();
    }

    const ScoreTile<M> &scores;
    const Frame &frame;
    Shared plan; // K, later S
    Shared rowVector; // one word for each line of each tile
    Shared capVector;
    Shared columnVector;
    WarpLanes<float> scaleHigh; // s is the sum of two floats
    WarpLanes<float> scaleLow;
    WarpLanes<int> rowExponent[L::slots];
    WarpLanes<int> columnExponent[L::slots];
    WarpLanes<float> rowFactor[L::slots];
    WarpLanes<float> columnFactor[L::slots];
    WarpMemory &memory;
    WarpLanes<bool> running; // false: the tile is left unchanged
    WarpLanes<int> iterations; // done on the tile
    WarpLanes<bool> moved; // capped: far, by its last iteration; part of the state

private:
    static_assert(L::slots == 1 || !InRegisters);
    /// Fours of entries by which loops are unrolled: all, or as many as let loads overlap.
    static constexpr int fours = InRegisters ? M / 4 : M > 32 ? 4 : 2;

    NMS_FN static void moveExponent(const WarpLanes<bool> &where, WarpLanes<float> &factor, WarpLanes<int> &exponent)
    {
        const WarpLanes<int> power = select(where, exponentOfNormal(factor), 0);
        factor = factor * powerOfTwo(-power);
        exponent = exponent + power;
    }

    NMS_FN void setRow(int q, int j, const WarpLanes<float> &value)
    {
        if constexpr (InRegisters)
            m_row[j] = value;
        plan.store(frame.word(frame.line[q], j), value);
    }
    NMS_FN void loadColumns()
    {
        if constexpr (InRegisters) {
            NMS_UNROLL_LINES
            for (int i = 0; i < M; ++i)
                m_column[i] = plan.load(frame.word(i, frame.line[0]));
        }
    }

    NMS_FN WarpLanes<float> violation(int q, const WarpLanes<float> &sum) const
    {
        const WarpLanes<float> off = sum - float(frame.n);
        return select(frame.lineUsed[q], larger(off, -off) / float(frame.n), 0.0F);
    }

    WarpLanes<float> m_row[InRegisters ? M : 1];
    WarpLanes<float> m_column[InRegisters ? M : 1];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
