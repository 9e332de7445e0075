// SPDX-License-Identifier: Apache-2.0
// The entropic methods' steps on one tile, written for the vectors of a processor. This header is read by files that are
// compiled for other processors than the rest: it holds data and no inline code, which the linker might share.
#pragma once

#include "core/simd/simd_level.h"

namespace nms {

struct PlanFigures;

/// One tile at work. Rows lie in the lanes: a table holds blocks of W = min(stride, 8) rows, in each block `stride` columns
/// of W entries: entry (i, j) is at (i / W · stride + j)·W + i % W. Lines have an entry for each row or column.
///
/// The plan is S = min(1, K·q/w): an entry is min(w, K·q) over w, which spares the row factor in the sums of rows.
struct EntropicWork {
    static constexpr int maxM = 64;

    alignas(64) double exponents[maxM * maxM]; // τA / max; 0 in padding
    alignas(64) double kernel[maxM * maxM]; // K = exp(exponents + u + v); 0 in padding
    alignas(64) double capped[maxM * maxM]; // scratch: min(w, K·q)
    alignas(64) double u[maxM]; // potentials of the kernel; 0 in padding, as are v
    alignas(64) double v[maxM];
    alignas(64) double w[maxM]; // one over the row factor since, 1 in padding
    alignas(64) double q[maxM]; // the column factor since, 1 in padding
    alignas(64) double wBefore[maxM]; // at the beginning of the last iteration
    alignas(64) double qBefore[maxM];
    alignas(64) double rowRest[maxM]; // n in padding, else 0: what makes the sums of padding n
    alignas(64) double columnRest[maxM];
    double scoreToExponent; // τ / max, or 0
    double n;
    int m;
};

struct EntropicKernels {
    /// Fills the exponents from scores in rows of `stride`.
    void (*takeScores)(EntropicWork &work, const float *scores);
    /// Kernel from the potentials: exponents are cut off at 600, and 0 stands for what is below e⁻⁶⁰⁰.
    void (*buildKernel)(EntropicWork &work);
    /// ln of the factors w and q into the potentials, the factors to 1, and a new kernel.
    void (*rebase)(EntropicWork &work);
    /// u − ln w and v + ln q, `stride` of each, into lines aligned as these.
    void (*potentials)(const EntropicWork &work, double *rows, double *columns);
    /// S = min(1, K·q/w), in rows of `stride`.
    void (*plan)(const EntropicWork &work, double *plan);
    /// The greatest |Σ S − n|/n of a row, and of a column.
    void (*residuals)(EntropicWork &work, double &row, double &column);

    /// Dykstra's first iteration, from S = exp(exponents) uncapped, by log-sum-exp: u and v.
    void (*firstScaling)(EntropicWork &work);
    /// Up to `count` iterations on w and q: rows, columns, cap. Ends early, before a next one, when neither residual is
    /// above `tolerance` (none ever is not above a negative one). Returns how many it did.
    int (*scale)(EntropicWork &work, int count, double tolerance);

    /// All but `open` and `done`: see figure_steps.h.
    PlanFigures (*figures)(EntropicWork &work, bool firstCap);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const EntropicKernels &entropicKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const EntropicKernels &entropicKernels(int stride))

} // namespace nms
