// SPDX-License-Identifier: Apache-2.0
// Dykstra's iterations on the tiles of one warp (TSENOR, arXiv 2505.23949, in the two-potential form of
// core/solver/README.md).
//
// The plan is S = min(1, Y), Y_ij = 2^(s·A_ij + e_i + e_j) · f_i · f_j: each potential is an integer power of two and a
// factor. Rebasing moves powers of two from the factors into the exponents, which is exact, so single precision carries
// the potentials without drift; the one rounding of the exponential's argument happens at the size of the result, which is
// small wherever the entry matters. Between rebasings K = 2^(s·A + e_i + e_j) stays as it is and an iteration is
//     f_i ← n / Σ_j min(K_ij f_j, 1/f_i),   then   f_j ← n / Σ_i f_i' min(K_ij, 1/(f_i f_j)).
// Nothing that matters can underflow meanwhile: every row and column of S sums to at least n/m and at most m, so a factor
// changes by at most m ≤ 64 in an iteration, Y by 2^96 in eight, and what K cannot hold (< 2^−126) stays below 2^−30.
#pragma once

#include "gpu/cuda/warp/score_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Iterations between two rebasings, counted from the start of the solve: a restored solve keeps to the schedule.
constexpr int rebaseEvery = 8;

template <int M> class DykstraTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;

    struct PlanFigures {
        Lanes<float> rowResidual; // max of |Σ_j S_ij − n|/n
        Lanes<float> columnResidual;
        Lanes<float> capacityResidual; // max of (S − 1)⁺ before the cap
    };

    /// `scores` are scaled.
    NMS_FN DykstraTile(WarpMemory &memory, const ScoreTile<M> &scores_, const Problem &problem)
        : scores(scores_), frame(scores_.frame), plan(memory.take(L::tileWords)), rowVector(memory.take(L::vectorWords)),
          capVector(memory.take(L::vectorWords)), columnVector(memory.take(L::vectorWords)), m_memory(memory)
    {
        const Lanes<double> scale =
            select(scores.blank, Lanes<double>(0.0),
                   Lanes<double>(problem.scale) / to<double>(select(scores.blank, Lanes<float>(1.0F), scores.greatest)));
        scaleHigh = to<float>(scale);
        scaleLow = to<float>(scale - to<double>(scaleHigh));
    }

    /// The first iteration, from S = e^{τA} without a cap; exponents are chosen so that nothing overflows or vanishes.
    NMS_FN void begin()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> greatest = 0.0F;
            for (int j = 0; j < frame.m; ++j)
                greatest = larger(greatest, scores.at(frame.line[q], j));
            rowExponent[q] = to<int>(-nearestInteger(scaleHigh * greatest));
            columnExponent[q] = 0;
            columnFactor[q] = 1.0F;
        }
        buildKernel();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> sum = 0.0F;
            NMS_UNROLL_LINES
            for (int j = 0; j < M; ++j)
                sum = sum + row(q, j);
            rowFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), sum), 1.0F);
            capVector.store(frame.vectorBase + frame.line[q], to<float>(rowExponent[q] + exponentOfNormal(rowFactor[q])));
        }
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> greatest = -largestFloat;
            for (int i = 0; i < frame.m; ++i)
                greatest =
                    larger(greatest,
                           fusedMultiplyAdd(scaleHigh, scores.at(i, frame.line[q]), capVector.load(frame.vectorBase + i)));
            columnExponent[q] = to<int>(-nearestInteger(greatest));
        }
        buildKernel();
        storeVector(rowVector, rowFactor);
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> sum = 0.0F;
            eachRowFour([&](int i, const Lanes<float>(&factor)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k)
                    sum = sum + factor[k] * column(q, i + k);
            });
            columnFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), sum), 1.0F);
        }
        storeVector(columnVector, columnFactor);
        m_memory.sync();
    }

    /// Iteration 0.
    NMS_FN void zero()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowExponent[q] = columnExponent[q] = 0;
            rowFactor[q] = columnFactor[q] = 1.0F;
        }
        buildKernel();
    }

    /// Goes on from potentials that were stored.
    NMS_FN void resume() { buildKernel(); }

    /// One iteration after the first.
    NMS_FN void iterate()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<float> cap = quotient(1.0F, rowFactor[q]);
            Lanes<float> even = 0.0F;
            Lanes<float> odd = 0.0F;
            eachFour(columnVector, [&](int j, const Lanes<float>(&factor)[4]) {
                even = even + smaller(row(q, j) * factor[0], cap);
                odd = odd + smaller(row(q, j + 1) * factor[1], cap);
                even = even + smaller(row(q, j + 2) * factor[2], cap);
                odd = odd + smaller(row(q, j + 3) * factor[3], cap);
            });
            rowFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), even + odd), 1.0F);
            capVector.store(frame.vectorBase + frame.line[q], cap);
        }
        storeVector(rowVector, rowFactor);
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<float> inverse = quotient(1.0F, columnFactor[q]);
            Lanes<float> even = 0.0F;
            Lanes<float> odd = 0.0F;
            eachRowFour([&](int i, const Lanes<float>(&factor)[4]) {
                Lanes<float> cap[4];
                capVector.load4(frame.vectorBase + i, cap);
                even = even + factor[0] * smaller(column(q, i), cap[0] * inverse);
                odd = odd + factor[1] * smaller(column(q, i + 1), cap[1] * inverse);
                even = even + factor[2] * smaller(column(q, i + 2), cap[2] * inverse);
                odd = odd + factor[3] * smaller(column(q, i + 3), cap[3] * inverse);
            });
            columnFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), even + odd), 1.0F);
        }
        storeVector(columnVector, columnFactor);
        m_memory.sync();
    }

    /// Rebases if the schedule says so after iteration `done`.
    NMS_FN void rebaseAfter(int done)
    {
        if (done % rebaseEvery != 0)
            return;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            moveExponent(rowFactor[q], rowExponent[q]);
            moveExponent(columnFactor[q], columnExponent[q]);
        }
        buildKernel();
    }

    /// Turns K into S = min(1, Y), in registers and in `plan`; the iteration cannot go on from here. `rowGain` and
    /// `columnGain`: by what the last iteration multiplied the factors, for the capacity residual.
    template <bool WithCapacity>
    NMS_FN PlanFigures formPlan(const Lanes<float> (&rowGain)[L::slots], const Lanes<float> (&columnGain)[L::slots])
    {
        Lanes<float> rowWorst = 0.0F;
        Lanes<float> columnWorst = 0.0F;
        Lanes<float> capacity = 0.0F;
        if constexpr (WithCapacity) {
            storeVector(capVector, columnGain);
            m_memory.sync();
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> sum = 0.0F;
            eachFour(columnVector, [&](int j, const Lanes<float>(&factor)[4]) {
                Lanes<float> gain[4];
                if constexpr (WithCapacity)
                    capVector.load4(frame.vectorBase + j, gain);
                NMS_UNROLL
                for (int k = 0; k < 4; ++k) {
                    const Lanes<float> y = row(q, j + k) * factor[k] * rowFactor[q];
                    if constexpr (WithCapacity)
                        capacity = larger(capacity, smaller(y, rowGain[q] * gain[k]) - 1.0F);
                    const Lanes<float> s = smaller(y, 1.0F);
                    sum = sum + s;
                    setRow(q, j + k, s);
                }
            });
            rowWorst = larger(rowWorst, violation(q, sum));
        }
        m_memory.sync();
        loadColumns();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<float> sum = 0.0F;
            NMS_UNROLL_LINES
            for (int i = 0; i < M; ++i)
                sum = sum + column(q, i);
            columnWorst = larger(columnWorst, violation(q, sum));
        }
        return {frame.greatestOverLines(rowWorst), frame.greatestOverLines(columnWorst), frame.greatestOverLines(capacity)};
    }

    /// Entry (line of slot q, j) of K, later of S; `column` likewise with the lane's line as column.
    NMS_FN Lanes<float> row(int q, int j) const
    {
        if constexpr (inRegisters)
            return m_row[j];
        else
            return plan.load(frame.word(frame.line[q], j));
    }
    NMS_FN Lanes<float> column(int q, int i) const
    {
        if constexpr (inRegisters)
            return m_column[i];
        else
            return plan.load(frame.word(i, frame.line[q]));
    }

    /// u/τ' in the units of the scaled scores: the plan keeps what exceeds −(row + column).
    NMS_FN Lanes<float> threshold(const Lanes<int> &exponent, const Lanes<float> &factor) const
    {
        const Lanes<float> potential = to<float>(exponent) + log2(factor);
        const Lanes<bool> some = scaleHigh > 0.0F;
        // A tiny τ asks for thresholds far outside the scores; any finite value is a valid dual.
        return smaller(larger(select(some, -potential / select(some, scaleHigh, 1.0F), 0.0F), -1e6F), 1e6F);
    }

    const ScoreTile<M> &scores;
    const Frame &frame;
    Shared plan; // K, later S
    Shared rowVector; // one word for each line of each tile
    Shared capVector;
    Shared columnVector;
    Lanes<float> scaleHigh; // s as a sum of two floats
    Lanes<float> scaleLow;
    Lanes<int> rowExponent[L::slots];
    Lanes<int> columnExponent[L::slots];
    Lanes<float> rowFactor[L::slots];
    Lanes<float> columnFactor[L::slots];

private:
    static constexpr bool inRegisters = L::slots == 1;

    template <class F> NMS_FN void eachFour(const Shared &vector, F body) const
    {
        NMS_UNROLL_LINES
        for (int j = 0; j < M; j += 4) {
            Lanes<float> four[4];
            vector.load4(frame.vectorBase + j, four);
            body(j, four);
        }
    }
    template <class F> NMS_FN void eachRowFour(F body) const { eachFour(rowVector, body); }

    NMS_FN void storeVector(Shared &vector, const Lanes<float> (&values)[L::slots])
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            vector.store(frame.vectorBase + frame.line[q], values[q]);
    }

    NMS_FN void setRow(int q, int j, const Lanes<float> &value)
    {
        if constexpr (inRegisters)
            m_row[j] = value;
        plan.store(frame.word(frame.line[q], j), value);
    }
    NMS_FN void loadColumns()
    {
        if constexpr (inRegisters) {
            NMS_UNROLL_LINES
            for (int i = 0; i < M; ++i)
                m_column[i] = plan.load(frame.word(i, frame.line[0]));
        }
    }

    /// K at the current exponents; leaves the column factors in columnVector.
    NMS_FN void buildKernel()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            columnVector.store(frame.vectorBase + frame.line[q], to<float>(columnExponent[q]));
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<float> own = to<float>(rowExponent[q]);
            eachFour(columnVector, [&](int j, const Lanes<float>(&other)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k) {
                    const Lanes<float> a = scores.at(frame.line[q], j + k);
                    Lanes<float> x = fusedMultiplyAdd(scaleHigh, a, own + other[k]);
                    x = fusedMultiplyAdd(scaleLow, a, x);
                    x = smaller(larger(x, -126.0F), 120.0F); // 2^120 stays above 1 until the next rebasing
                    setRow(q, j + k, select(frame.lineUsed[q] & (j + k < frame.m), exp2(x), 0.0F));
                }
            });
        }
        m_memory.sync();
        loadColumns();
        storeVector(columnVector, columnFactor);
        m_memory.sync();
    }

    NMS_FN static void moveExponent(Lanes<float> &factor, Lanes<int> &exponent)
    {
        const Lanes<int> power = exponentOfNormal(factor);
        factor = factor * powerOfTwo(-power);
        exponent = exponent + power;
    }

    NMS_FN Lanes<float> violation(int q, const Lanes<float> &sum) const
    {
        const Lanes<float> off = sum - float(frame.n);
        return select(frame.lineUsed[q], larger(off, -off) / float(frame.n), 0.0F);
    }

    WarpMemory &m_memory;
    Lanes<float> m_row[inRegisters ? M : 1];
    Lanes<float> m_column[inRegisters ? M : 1];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
