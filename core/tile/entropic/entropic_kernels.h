// SPDX-License-Identifier: Apache-2.0
// The entropic methods' steps on one tile, vectorised for each instruction set. Files compiled for other instruction sets
// also include this header: it holds data and no inline code, which the linker might share between levels.
#pragma once

#include "core/simd/simd_level.h"

namespace nms {

struct PlanFigures;

/// Working memory for one tile. Rows are in the lanes: a table consists of blocks of W = min(stride, 8) rows, each block of
/// `stride` columns of W entries: entry (i, j) is at (i / W · stride + j)·W + i % W. Arrays of maxM have an entry for each
/// row or column.
///
/// The plan is S = min(1, K·q/w): an entry is min(w, K·q)/w, which avoids multiplying by the row factor in row sums.
struct EntropicWork {
    static constexpr int maxM = 64;

    alignas(64) double exponents[maxM * maxM]; // τA / max; 0 in padding
    alignas(64) double kernel[maxM * maxM]; // K = exp(exponents + u + v); 0 in padding
    alignas(64) double capped[maxM * maxM]; // scratch: min(w, K·q)
    alignas(64) double u[maxM]; // potentials of the kernel; 0 in padding, as are v
    alignas(64) double v[maxM];
    alignas(64) double w[maxM]; // reciprocal of the row factor since the last rebase; 1 in padding
    alignas(64) double q[maxM]; // column factor since the last rebase; 1 in padding
    alignas(64) double wBefore[maxM]; // at the beginning of the last iteration
    alignas(64) double qBefore[maxM];
    alignas(64) double rowRest[maxM]; // n in padding, otherwise 0: added to the sums so that those of padding are n
    alignas(64) double columnRest[maxM];
    alignas(64) double realRow[maxM]; // 1 in rows that hold cells of the matrix, else 0
    double scoreToExponent; // τ / max, or 0
    double n;
    int m;
    int realCols; // columns that hold cells of the matrix
};

struct EntropicKernels {
    /// Computes the exponents from scores in rows of `stride`.
    void (*takeScores)(EntropicWork &work, const float *scores);
    /// Computes the kernel from the potentials: exponents are clamped to 600, and entries below e⁻⁶⁰⁰ become 0.
    void (*buildKernel)(EntropicWork &work);
    /// Adds ln of the factors w and q to the potentials, resets the factors to 1 and recomputes the kernel.
    void (*rebase)(EntropicWork &work);
    /// Writes u − ln w and v + ln q, `stride` of each, to arrays aligned like these.
    void (*potentials)(const EntropicWork &work, double *rows, double *columns);
    /// Writes S = min(1, K·q/w) in rows of `stride`.
    void (*plan)(const EntropicWork &work, double *plan);
    /// The largest |Σ S − n|/n of any row, and of any column.
    void (*residuals)(EntropicWork &work, double &row, double &column);

    /// Dykstra's first iteration, from S = exp(exponents) without the cap, by log-sum-exp: sets u and v.
    void (*firstScaling)(EntropicWork &work);
    /// Up to `count` iterations on w and q: rows, columns, cap. Stops before an iteration when neither residual exceeds
    /// `tolerance` (with a negative tolerance it never stops early). Returns the number of iterations done.
    int (*scale)(EntropicWork &work, int count, double tolerance);

    /// All figures but `open` and `done`: see figure_steps.h.
    PlanFigures (*figures)(EntropicWork &work, bool firstCap);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const EntropicKernels &entropicKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const EntropicKernels &entropicKernels(int stride))

} // namespace nms
