// SPDX-License-Identifier: Apache-2.0
// Water-filling on one tile, in single or double precision, written for the vectors of a processor. This header is read by
// files that are compiled for other processors than the rest: it holds data and no inline code, which the linker might
// share.
#pragma once

#include "core/simd/simd_level.h"

namespace nms {

/// One tile at work; T is float or double. Tables have rows of `stride` entries.
///
/// The plan is S = min(1, K·q/w): a row sums to Σ min(w, K·q)/w, a column to Σ min(1/q, K/w)·q, and a step of the one side
/// needs no more than the factors of the other.
template <class T> struct FillWork {
    static constexpr int maxM = 64;

    alignas(64) T kernel[maxM * maxM]; // K = exp(scoreToExponent·A + u + v); 0 in padding
    alignas(64) T transposed[maxM * maxM]; // the same, a row for each column
    alignas(64) double u[maxM]; // potentials of the kernel; 0 in padding, as are v
    alignas(64) double v[maxM];
    alignas(64) T w[maxM]; // one over the row factor since, 1 in padding
    alignas(64) T q[maxM]; // the column factor since, 1 in padding
    alignas(64) T rest[maxM]; // n in padding, else 0: what makes the sums of padding n
    const float *scores; // rows of `stride`
    double scoreToExponent; // τ / max, or 0
    double rowResidual; // the greatest |Σ S − n|/n of a row; negative while unknown
    double columnResidual; // and of a column
    int n, m;
};

/// How far an iteration goes: `exact`, or one Newton step a side, after the first iteration `beyond` (0 … 1) further.
struct FillStep {
    bool exact;
    double beyond;
};

template <class T> struct FillKernels {
    /// From the potentials, the factors being set. Exponents are cut off at ±600, in single precision ±60: 0 stands for what
    /// is below.
    void (*buildKernel)(FillWork<T> &work);
    /// Iterations on w and q, rows and columns, numbered `done` … `end` − 1. Rebases as needed: factors that go far become
    /// potentials. Ends early, before one that is not the first of all, when neither residual is above `tolerance` (none
    /// ever is not above a negative one), and leaves the residuals where it does. Returns how many it did.
    int (*fill)(FillWork<T> &work, int done, int end, FillStep kind, double tolerance);
    void (*residuals)(FillWork<T> &work);
    /// All of `to` from the plan of `from`, at 4·τ.
    void (*sharpen)(const FillWork<T> &from, FillWork<T> &to);
    /// −(u − ln w) and −(v + ln q) in score units, m of each: where the plan is capped, A ≥ α + β.
    void (*thresholds)(const FillWork<T> &work, double *alpha, double *beta);
    /// A − α − β, whose order is the uncapped plan's, in rows of `stride`; from m on anything.
    void (*excess)(const FillWork<T> &work, const double *alpha, const double *beta, float *out);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels(); T is float or double.
template <class T> const FillKernels<T> &fillKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(template <class T> const FillKernels<T> &fillKernels(int stride))

} // namespace nms
