// SPDX-License-Identifier: Apache-2.0
// `capped` on the tiles of one warp: rows, then columns, are scaled to sum to n: Σ_j min(1, f_i K_ij f_j) = n. The fixed
// point is that of dykstra. Starts from threshold sweeps, then does one over-relaxed Newton step for each side per
// iteration, as the CPU does (core/methods/entropic/capped_tile.cpp); stops once rows and columns are within the tolerance.
#pragma once

#include "gpu/cuda/warp/bound_tile.h"
#include "gpu/cuda/warp/plan_tile.h"
#include "gpu/cuda/warp/selection.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// K stays in shared memory: with lines in registers every loop over them would be unrolled, and a profile of that form
/// shows half of all time spent waiting for instructions.
template <int M> class CappedTile : public PlanTile<M, false>
{
public:
    using L = Layout<M>;
    using Plan = PlanTile<M, false>;
    using Plan::capVector, Plan::columnVector, Plan::rowVector;
    using Plan::columnExponent, Plan::columnFactor, Plan::rowExponent, Plan::rowFactor;
    using Plan::frame, Plan::iterations, Plan::memory, Plan::moved, Plan::running, Plan::scores;

    using Plan::Plan;

    /// The plan that is rounded has four times τ.
    static constexpr bool sharpens = true;

    /// Initial state: thresholds times τ.
    NMS_FN int start()
    {
        BoundTile<M> dual(memory, scores, capVector);
        dual.sweep(startSweeps);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowExponent[q] = columnExponent[q] = 0;
            addPotential(-(Plan::scaleHigh * dual.alpha[q]), rowExponent[q], rowFactor[q]);
            addPotential(-(Plan::scaleHigh * dual.beta[q]), columnExponent[q], columnFactor[q]);
        }
        Plan::buildKernel();
        return 0;
    }

    /// Runs iterations from `from` to `to`, or until all tiles are within the tolerance; returns their residuals. With
    /// `sharpen`, some more iterations follow at four times τ, for rounding; they count neither in the iterations nor in the
    /// residuals.
    NMS_FN WarpLanes<float> advance(int from, int to, float tolerance, bool sharpen)
    {
        WarpLanes<float> residual;
        int k = from;
        int sharpLeft = 0;
        bool sharp = false;
        NMS_NO_UNROLL
        for (;;) { // a loop, so that the long step is inlined only once
            if (!sharp) {
                residual = Plan::residual(tolerance, k >= to);
                if (k > 0)
                    running = running & (residual > tolerance);
                if (k < to && any(running)) {
                    assign(iterations, running, ++k);
                } else {
                    if (!sharpen)
                        return residual;
                    quadrupleTau();
                    sharp = true;
                    sharpLeft = sharpIterations;
                }
            }
            if (sharp && sharpLeft-- == 0)
                return residual;
            step(sharp ? 1 : k);
        }
    }

private:
    static constexpr int startSweeps = 4;
    static constexpr int relaxedIterations = 64; // afterwards each line is filled exactly
    static constexpr float relaxation = 0.45F; // fraction of the step added as over-relaxation
    static constexpr int sharpIterations = M <= 8 ? 9 : 6;
    /// Factors outside 1/band … band are moved into the exponents: K holds 2^−126 to 2^120. If factors moved that far,
    /// exponents are recomputed before each half of the next iteration.
    static constexpr float band = 1048576.0F;
    /// Rebases at least this often, so that the result does not depend on how a solve is divided into launches.
    static constexpr int rebaseEvery = 64;

    NMS_FN void step(int k)
    {
        const WarpLanes<bool> far = running & moved;
        const bool placing = any(far);
        const WarpLanes<float> beyond =
            select(far, WarpLanes<float>(0.0F), k > 1 && k <= relaxedIterations ? relaxation : 0.0F);
        const bool exactly = k > relaxedIterations;
        NMS_NO_UNROLL
        for (int side = 0; side < 2; ++side) { // a loop, so that place() is inlined only once
            if (placing)
                place(far, side == 0);
            if (side == 0)
                fill<true>(rowFactor, columnVector, rowVector, beyond, exactly);
            else
                fill<false>(columnFactor, rowVector, columnVector, beyond, exactly);
        }

        WarpLanes<int> outside = 0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<float> most = larger(rowFactor[q], columnFactor[q]);
            const WarpLanes<float> least = smaller(rowFactor[q], columnFactor[q]);
            outside = outside + to<int>((most > band) | (least < 1 / band));
        }
        moved = frame.sumOverLines(outside) > 0;
        const WarpLanes<bool> rebased = running & (moved | (k % rebaseEvery == 0));
        if (any(rebased))
            Plan::rebase(rebased);
    }

    /// Raises the plan to the fourth power. All tiles run again.
    NMS_FN void quadrupleTau()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowExponent[q] = rowExponent[q] * 4;
            columnExponent[q] = columnExponent[q] * 4;
            addPotential(log2(rowFactor[q]) * 4.0F, rowExponent[q], rowFactor[q]);
            addPotential(log2(columnFactor[q]) * 4.0F, columnExponent[q], columnFactor[q]);
        }
        Plan::scaleHigh = Plan::scaleHigh * 4.0F;
        Plan::scaleLow = Plan::scaleLow * 4.0F;
        Plan::buildKernel();
        running = true;
        moved = false;
    }

    /// Splits 2^potential into a power of two, which is added to the exponent, and a factor.
    NMS_FN static void addPotential(const WarpLanes<float> &potential, WarpLanes<int> &exponent, WarpLanes<float> &factor)
    {
        const WarpLanes<float> nearest = nearestInteger(potential);
        exponent = exponent + to<int>(nearest);
        factor = exp2(potential - nearest);
    }

    /// Sets the exponents of the rows (or columns) such that the n-th greatest entry of each is about 1: the level is
    /// within a factor of m of that.
    NMS_FN void place(const WarpLanes<bool> &where, bool rows)
    {
        WarpLanes<float> other[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            other[q] =
                rows ? to<float>(columnExponent[q]) + log2(columnFactor[q]) : to<float>(rowExponent[q]) + log2(rowFactor[q]);
        memory.sync();
        Plan::storeVector(capVector, other);
        memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<int> first = rows ? frame.word(frame.line[q], 0) : frame.word(0, frame.line[q]);
            const int step = rows ? 1 : L::pitch;
            WarpLanes<float> values[M];
            NMS_UNROLL
            for (int k = 0; k < M; ++k) {
                const WarpLanes<float> a = scores.score.load(first + k * step);
                const WarpLanes<float> x = fusedMultiplyAdd(Plan::scaleHigh, a, capVector.load(frame.vectorBase + k));
                values[k] = k < frame.m ? x : WarpLanes<float>(-largestFloat);
            }
            WarpLanes<float> nth;
            WarpLanes<float> next;
            selectTwo(values, frame.n, nth, next);
            const WarpLanes<bool> mine = where & frame.lineUsed[q];
            const WarpLanes<int> exponent = to<int>(-nearestInteger(nth));
            assign(rowExponent[q], mine & rows, exponent);
            assign(rowFactor[q], mine & rows, 1.0F);
            assign(columnExponent[q], mine & !rows, exponent);
            assign(columnFactor[q], mine & !rows, 1.0F);
        }
        Plan::buildKernel();
    }

    /// Moves each factor f towards the solution of Σ min(1, f w) = n over the entries w of its line: by one Newton step, or
    /// with `exactly` by as many as needed; then by the fraction `beyond` of the change further, within a factor of two. The
    /// sum is concave in f, so a step ends at the solution or below it; from there f increases to it, and each step passes
    /// at least one w = 1/f. If exactly n entries are at the cap, the step is that of a slightly smaller f, where the
    /// smallest of them is below the cap; if more than n are, f is first lowered until the smallest is below the cap.
    template <bool Rows>
    NMS_FN void fill(WarpLanes<float> (&factor)[L::slots], const Shared &others, Shared &own, const WarpLanes<float> &beyond,
                     bool exactly)
    {
        const float n = float(frame.n);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<bool> mine = running & frame.lineUsed[q];
            if (frame.n == frame.m) { // all entries must reach 1
                WarpLanes<float> least = largestFloat;
                Plan::eachFour(others, [&](int k, const WarpLanes<float>(&theirs)[4]) {
                    NMS_UNROLL
                    for (int d = 0; d < 4; ++d)
                        least = k + d < frame.m ? smaller(least, entry<Rows>(q, k + d) * theirs[d]) : least;
                });
                assign(factor[q], mine, inRange(quotient(1.0F, least)));
                continue;
            }
            const WarpLanes<float> before = factor[q];
            WarpLanes<bool> moving = mine;
            for (int step = 0; step < M + 32 && any(moving); ++step) {
                WarpLanes<float> capped = 0.0F;
                WarpLanes<float> rest = 0.0F;
                WarpLanes<float> least = largestFloat; // of the entries at the cap
                Plan::eachFour(others, [&](int k, const WarpLanes<float>(&theirs)[4]) {
                    NMS_UNROLL
                    for (int d = 0; d < 4; ++d) {
                        const WarpLanes<float> w = entry<Rows>(q, k + d) * theirs[d];
                        const WarpLanes<bool> full = w * factor[q] >= 1.0F;
                        assign(capped, full, capped + 1.0F);
                        assign(rest, !full, rest + w);
                        assign(least, full, smaller(least, w));
                    }
                });
                const WarpLanes<float> off = capped + factor[q] * rest - n;
                if (exactly)
                    moving = moving & (larger(off, -off) > n * 4.76837158e-7F); // 2^−21
                const WarpLanes<bool> tooMany = capped > n;
                const WarpLanes<bool> even = capped == n;
                const WarpLanes<float> owed =
                    select(tooMany, WarpLanes<float>(0.99999905F), select(even, WarpLanes<float>(1.0F), -capped + n));
                const WarpLanes<float> by = select(tooMany, least, select(even, rest + least, rest));
                assign(factor[q], moving, inRange(quotient(owed, by)));
                if (!exactly)
                    moving = moving & tooMany;
            }
            const WarpLanes<float> further = factor[q] + beyond * (factor[q] - before);
            assign(factor[q], mine, inRange(smaller(larger(further, factor[q] * 0.5F), factor[q] * 2.0F)));
        }
        memory.sync();
        Plan::storeVector(own, factor);
        memory.sync();
    }

    template <bool Rows> NMS_FN WarpLanes<float> entry(int q, int k) const
    {
        if constexpr (Rows)
            return Plan::row(q, k);
        else
            return Plan::column(q, k);
    }

    NMS_FN static WarpLanes<float> inRange(const WarpLanes<float> &factor)
    {
        return smaller(larger(factor, 7.88860905e-31F), 1.26765060e30F); // 2^±100
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
