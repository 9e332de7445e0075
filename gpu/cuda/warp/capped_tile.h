// SPDX-License-Identifier: Apache-2.0
// `capped` on the tiles of one warp: rows, then columns, are filled to n exactly, Σ_j min(1, f_i K_ij f_j) = n. The fixed
// point is dykstra's. Ends once rows and columns hold to the tolerance.
#pragma once

#include "gpu/cuda/warp/plan_tile.h"
#include "gpu/cuda/warp/selection.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class CappedTile : public PlanTile<M>
{
public:
    using L = Layout<M>;
    using Plan = PlanTile<M>;
    using Plan::capVector, Plan::columnVector, Plan::rowVector;
    using Plan::columnExponent, Plan::columnFactor, Plan::rowExponent, Plan::rowFactor;
    using Plan::frame, Plan::iterations, Plan::memory, Plan::moved, Plan::running, Plan::scores;

    using Plan::Plan;

    /// From scratch.
    NMS_FN int start()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowExponent[q] = columnExponent[q] = 0;
            rowFactor[q] = columnFactor[q] = 1.0F;
        }
        Plan::buildKernel();
        return 0;
    }

    /// From iteration `from` to iteration `to`, or until the tiles are within the tolerance.
    NMS_FN void advance(int from, int to, float tolerance)
    {
        for (int k = from;; ++k) {
            if (k > 0)
                running = running & (Plan::residual() > tolerance);
            if (k >= to || !any(running))
                return;
            step(k + 1);
        }
    }

private:
    /// At first the levels move by more than K can hold, and now and then later: then exponents are set anew before each
    /// half.
    static constexpr int placed = 2;
    /// Powers of two that factors may come to before they are moved into the exponents: K holds 2^−126 to 2^120.
    static constexpr float band = 1048576.0F;
    /// Rebases at the latest, so that it does not matter where a solve is cut into launches.
    static constexpr int rebaseEvery = 64;

    NMS_FN void step(int k)
    {
        const Lanes<bool> far = running & (moved | (k <= placed));
        const bool placing = any(far);
        if (placing)
            place<true>(far);
        fill<true>(rowFactor, columnVector, rowVector);
        if (placing)
            place<false>(far);
        fill<false>(columnFactor, rowVector, columnVector);
        assign(iterations, running, k);

        Lanes<int> outside = 0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<float> most = larger(rowFactor[q], columnFactor[q]);
            const Lanes<float> least = smaller(rowFactor[q], columnFactor[q]);
            outside = outside + to<int>((most > band) | (least < 1 / band));
        }
        moved = frame.sumOverLines(outside) > 0;
        const Lanes<bool> rebased = running & (moved | (k % rebaseEvery == 0));
        if (any(rebased))
            Plan::rebase(rebased);
    }

    /// Exponents of the rows (or columns) at which the n-th greatest entry of each is about 1: the level lies within a
    /// factor of m from there.
    template <bool Rows> NMS_FN void place(const Lanes<bool> &where)
    {
        Lanes<float> other[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            other[q] =
                Rows ? to<float>(columnExponent[q]) + log2(columnFactor[q]) : to<float>(rowExponent[q]) + log2(rowFactor[q]);
        memory.sync();
        Plan::storeVector(capVector, other);
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<int> &line = frame.line[q];
            Lanes<float> values[M];
            NMS_UNROLL
            for (int k = 0; k < M; ++k) {
                const Lanes<float> a = Rows ? scores.at(line, k) : scores.at(k, line);
                const Lanes<float> x = fusedMultiplyAdd(Plan::scaleHigh, a, capVector.load(frame.vectorBase + k));
                values[k] = k < frame.m ? x : Lanes<float>(-largestFloat);
            }
            Lanes<float> nth;
            Lanes<float> next;
            selectTwo(values, frame.n, nth, next);
            const Lanes<bool> mine = where & frame.lineUsed[q];
            assign(Rows ? rowExponent[q] : columnExponent[q], mine, to<int>(-nearestInteger(nth)));
            assign(Rows ? rowFactor[q] : columnFactor[q], mine, 1.0F);
        }
        Plan::buildKernel();
    }

    /// The factor f with Σ min(1, f w) = n over the entries w of a line. The sum grows ever more slowly with f, so a step of
    /// Newton's ends at the solution or below it, and from there rises to it, past one w = 1/f at least each time.
    template <bool Rows> NMS_FN void fill(Lanes<float> (&factor)[L::slots], const Shared &others, Shared &own)
    {
        const float n = float(frame.n);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<bool> moving = running & frame.lineUsed[q];
            if (frame.n == frame.m) { // all of them reach 1
                Lanes<float> least = largestFloat;
                Plan::eachFour(others, [&](int k, const Lanes<float>(&theirs)[4]) {
                    NMS_UNROLL
                    for (int d = 0; d < 4; ++d)
                        least = k + d < frame.m ? smaller(least, entry<Rows>(q, k + d) * theirs[d]) : least;
                });
                assign(factor[q], moving, inRange(quotient(1.0F, least)));
                continue;
            }
            for (int step = 0; step < M + 32 && any(moving); ++step) {
                Lanes<float> capped = 0.0F;
                Lanes<float> rest = 0.0F;
                Plan::eachFour(others, [&](int k, const Lanes<float>(&theirs)[4]) {
                    NMS_UNROLL
                    for (int d = 0; d < 4; ++d) {
                        const Lanes<float> w = entry<Rows>(q, k + d) * theirs[d];
                        const Lanes<bool> full = w * factor[q] >= 1.0F;
                        capped = capped + select(full, Lanes<float>(1.0F), 0.0F);
                        rest = rest + select(full, Lanes<float>(0.0F), w);
                    }
                });
                const Lanes<float> off = capped + factor[q] * rest - n;
                moving = moving & (larger(off, -off) > n * 4.76837158e-7F); // 2^−21
                // With n or more at the cap the tangent is of no use: less, by far.
                const Lanes<float> next = select(capped < n, quotient(-capped + n, rest), factor[q] * 0.015625F);
                assign(factor[q], moving, inRange(next));
            }
        }
        memory.sync();
        Plan::storeVector(own, factor);
        memory.sync();
    }

    template <bool Rows> NMS_FN Lanes<float> entry(int q, int k) const
    {
        if constexpr (Rows)
            return Plan::row(q, k);
        else
            return Plan::column(q, k);
    }

    NMS_FN static Lanes<float> inRange(const Lanes<float> &factor)
    {
        return smaller(larger(factor, 7.88860905e-31F), 1.26765060e30F); // 2^±100
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
