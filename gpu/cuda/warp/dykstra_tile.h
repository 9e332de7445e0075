// SPDX-License-Identifier: Apache-2.0
// Dykstra's iterations on the tiles of one warp (TSENOR, arXiv 2505.23949, in the two-potential form of
// core/tile/README.md). An iteration is
//     f_i ← n / Σ_j min(K_ij f_j, 1/f_i),   then   f_j ← n / Σ_i f_i' min(K_ij, 1/(f_i f_j)).
// Nothing that matters can underflow between rebases: every row and column of S sums to at least n/m and at most m, so a
// factor changes by at most m ≤ 64 in an iteration, Y by 2^96 in eight, and what K cannot represent (< 2^−126) stays below
// 2^−30.
#pragma once

#include "gpu/cuda/warp/plan_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Iterations between two rebases, counted from the start of the solve: a restored solve keeps this schedule.
constexpr int rebaseEvery = 8;

template <int M> class DykstraTile : public PlanTile<M>
{
public:
    using L = Layout<M>;
    using Plan = PlanTile<M>;
    using Plan::capVector, Plan::columnVector, Plan::rowVector;
    using Plan::column, Plan::eachFour, Plan::row, Plan::storeVector;
    using Plan::columnExponent, Plan::columnFactor, Plan::rowExponent, Plan::rowFactor;
    using Plan::frame, Plan::iterations, Plan::memory, Plan::running, Plan::scores;

    using Plan::Plan;

    static constexpr bool sharpens = false;

    /// Initial state, including iteration 1.
    NMS_FN int start()
    {
        begin();
        iterations = 1;
        return 1;
    }

    /// Runs iterations from `from` to `to`; a tile within the tolerance (if there is one) is left unchanged.
    NMS_FN void advance(int from, int to, float tolerance)
    {
        for (int k = from;; ++k) {
            if (tolerance > 0 && k > 0) {
                running = running & (Plan::residual(tolerance, false) > tolerance);
                if (!any(running))
                    return;
            }
            if (k >= to)
                return;
            iterate();
            finish(k + 1);
        }
    }

    /// Bookkeeping after the scaling of iteration k > 1.
    NMS_FN void finish(int k)
    {
        if (k % rebaseEvery == 0)
            Plan::rebase(running);
        assign(iterations, running, k);
    }

    /// State of iteration 0.
    NMS_FN void zero()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowExponent[q] = columnExponent[q] = 0;
            rowFactor[q] = columnFactor[q] = 1.0F;
        }
        Plan::buildKernel();
    }

    /// One iteration after the first.
    NMS_FN void iterate()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<float> cap = quotient(1.0F, rowFactor[q]);
            WarpLanes<float> even = 0.0F;
            WarpLanes<float> odd = 0.0F;
            eachFour(columnVector, [&](int j, const WarpLanes<float>(&factor)[4]) {
                even = even + smaller(row(q, j) * factor[0], cap);
                odd = odd + smaller(row(q, j + 1) * factor[1], cap);
                even = even + smaller(row(q, j + 2) * factor[2], cap);
                odd = odd + smaller(row(q, j + 3) * factor[3], cap);
            });
            assign(rowFactor[q], frame.lineUsed[q] & running, quotient(float(frame.n), even + odd));
            capVector.store(frame.vectorBase + frame.line[q], cap);
        }
        storeVector(rowVector, rowFactor);
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<float> inverse = quotient(1.0F, columnFactor[q]);
            WarpLanes<float> even = 0.0F;
            WarpLanes<float> odd = 0.0F;
            eachFour(rowVector, [&](int i, const WarpLanes<float>(&factor)[4]) {
                WarpLanes<float> cap[4];
                capVector.load4(frame.vectorBase + i, cap);
                even = even + factor[0] * smaller(column(q, i), cap[0] * inverse);
                odd = odd + factor[1] * smaller(column(q, i + 1), cap[1] * inverse);
                even = even + factor[2] * smaller(column(q, i + 2), cap[2] * inverse);
                odd = odd + factor[3] * smaller(column(q, i + 3), cap[3] * inverse);
            });
            assign(columnFactor[q], frame.lineUsed[q] & running, quotient(float(frame.n), even + odd));
        }
        storeVector(columnVector, columnFactor);
        memory.sync();
    }

private:
    /// The first iteration, from S = e^{τA} without a cap; exponents are chosen so that nothing overflows or underflows.
    NMS_FN void begin()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> greatest = 0.0F;
            for (int j = 0; j < frame.m; ++j)
                greatest = larger(greatest, scores.at(frame.line[q], j));
            rowExponent[q] = to<int>(-nearestInteger(Plan::scaleHigh * greatest));
            columnExponent[q] = 0;
            columnFactor[q] = 1.0F;
        }
        Plan::buildKernel();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> sum = 0.0F;
            NMS_UNROLL_LINES
            for (int j = 0; j < M; ++j)
                sum = sum + row(q, j);
            rowFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), sum), 1.0F);
            capVector.store(frame.vectorBase + frame.line[q], to<float>(rowExponent[q] + exponentOfNormal(rowFactor[q])));
        }
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> greatest = -largestFloat;
            for (int i = 0; i < frame.m; ++i)
                greatest = larger(
                    greatest,
                    fusedMultiplyAdd(Plan::scaleHigh, scores.at(i, frame.line[q]), capVector.load(frame.vectorBase + i)));
            columnExponent[q] = to<int>(-nearestInteger(greatest));
        }
        Plan::buildKernel();
        storeVector(rowVector, rowFactor);
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<float> sum = 0.0F;
            eachFour(rowVector, [&](int i, const WarpLanes<float>(&factor)[4]) {
                NMS_UNROLL
                for (int k = 0; k < 4; ++k)
                    sum = sum + factor[k] * column(q, i + k);
            });
            columnFactor[q] = select(frame.lineUsed[q], quotient(float(frame.n), sum), 1.0F);
        }
        storeVector(columnVector, columnFactor);
        memory.sync();
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
