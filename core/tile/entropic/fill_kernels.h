// SPDX-License-Identifier: Apache-2.0
// Water-filling on one tile, in single or double precision, vectorised for each instruction set. Files compiled for other
// instruction sets also include this header: it holds data and no inline code, which the linker might share between levels.
#pragma once

#include "core/simd/simd_level.h"

namespace nms {

/// Working memory for one tile; T is float or double. Tables have rows of `stride` entries.
///
/// The plan is S = min(1, K·q/w): the sum of a row is Σ min(w, K·q)/w, that of a column Σ min(1/q, K/w)·q, and a step on
/// one side needs only the factors of the other side.
template <class T> struct FillWork {
    static constexpr int maxM = 64;

    alignas(64) T kernel[maxM * maxM]; // K = exp(scoreToExponent·A + u + v); 0 in padding
    alignas(64) T transposed[maxM * maxM]; // the transpose of the kernel
    alignas(64) double u[maxM]; // potentials of the kernel; 0 in padding, as are v
    alignas(64) double v[maxM];
    alignas(64) T w[maxM]; // reciprocal of the row factor since the last rebase; 1 in padding
    alignas(64) T q[maxM]; // column factor since the last rebase; 1 in padding
    alignas(64) T rest[maxM]; // n in padding, otherwise 0: added to the sums so that those of padding are n
    const float *scores; // rows of `stride`
    double scoreToExponent; // τ / max, or 0
    double rowResidual; // the largest |Σ S − n|/n of any row; negative while unknown
    double columnResidual; // the same for columns
    int n, m;
};

/// What an iteration does: exact projections, or one Newton step per side; after the first iteration it goes further by the
/// fraction `beyond` (0 … 1) of the step (over-relaxation).
struct FillStep {
    bool exact;
    double beyond;
};

template <class T> struct FillKernels {
    /// Computes the kernel from the potentials; the factors are set by the caller. Exponents are clamped to ±600, in single
    /// precision to ±60; entries below become 0.
    void (*buildKernel)(FillWork<T> &work);
    /// Iterations on w and q, rows and columns, numbered `done` … `end` − 1. Rebases as needed: factors that become too
    /// large or small are moved into the potentials. Stops before an iteration other than number 0 when neither residual
    /// exceeds `tolerance` (with a negative tolerance it never stops early); only then are the residuals set. Returns the
    /// number of iterations done.
    int (*fill)(FillWork<T> &work, int done, int end, FillStep kind, double tolerance);
    void (*residuals)(FillWork<T> &work);
    /// Initialises all of `to` with the plan of `from`, at 4·τ.
    void (*sharpen)(const FillWork<T> &from, FillWork<T> &to);
    /// −(u − ln w) and −(v + ln q) in score units, m of each: A ≥ α + β exactly where the plan is capped.
    void (*thresholds)(const FillWork<T> &work, double *alpha, double *beta);
    /// A − α − β, which has the order of the uncapped plan's entries, in rows of `stride`; entries from column m on are
    /// undefined.
    void (*excess)(const FillWork<T> &work, const double *alpha, const double *beta, float *out);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels(); T is float or double.
template <class T> const FillKernels<T> &fillKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(template <class T> const FillKernels<T> &fillKernels(int stride))

} // namespace nms
