// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/dykstra_kernels.h"

#include "core/base/cpu_clones.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nms {

namespace {

constexpr double largestExponent = 600;
constexpr double beyondAll = 1e300; // a factor that never is the lesser one

/// e^x for |x| ≤ 600 to a unit or two in the last place, in operations that vectorise: x = k·ln 2 + r, a Taylor polynomial
/// of degree 13 in r (|r| ≤ 0.347: the next term is below 5·10⁻¹⁸), 2^k by its exponent bits.
NMS_INLINE double exponential(double x)
{
    constexpr double roundToInteger = 0x1.8p52; // leaves an integer in the low bits
    constexpr double log2e = 0x1.71547652b82fep0, ln2High = 0x1.62e42fefa0000p-1, ln2Low = 0x1.cf79abc9e3b39p-40;
    const double shifted = x * log2e + roundToInteger;
    const double k = shifted - roundToInteger;
    const double r = (x - k * ln2High) - k * ln2Low;
    double sum = 1.0 / 6227020800;
    sum = sum * r + 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 0.5;
    sum = sum * r + 1;
    sum = sum * r + 1;
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(sum) + (std::bit_cast<std::uint64_t>(shifted) << 52));
}

/// Σ of P doubles in lanes of eight, so that the sum vectorises and has one order everywhere.
template <int P> NMS_INLINE double laneSum(const double *values)
{
    constexpr int lanes = P < 8 ? P : 8;
    double sums[lanes];
    for (int l = 0; l < lanes; ++l)
        sums[l] = values[l];
    for (int j = lanes; j < P; j += lanes)
        for (int l = 0; l < lanes; ++l)
            sums[l] += values[j + l];
    for (int half = lanes / 2; half > 0; half /= 2)
        for (int l = 0; l < half; ++l)
            sums[l] += sums[l + half];
    return sums[0];
}

template <int P>
NMS_INLINE void kernelOf(const DykstraShape &shape, const float *scores, const double *u, const double *v, double *kernel)
{
    const double scale = shape.scoreToExponent;
    for (int i = 0; i < shape.m; ++i) {
        const double own = u[i];
        double *__restrict row = kernel + i * P;
        for (int j = 0; j < P; ++j) {
            const double x = scores[i * P + j] * scale + own + v[j];
            const double cut = x < largestExponent ? x : largestExponent;
            const double value = exponential(cut > -largestExponent ? cut : -largestExponent);
            row[j] = x < -largestExponent ? 0 : value; // not a denormal, which would slow the loop down
        }
        for (int j = shape.m; j < P; ++j)
            row[j] = 0;
    }
}

template <int P> NMS_INLINE void planRow(const double *kernel, double p, const double *q, double *__restrict plan)
{
    for (int j = 0; j < P; ++j) {
        const double y = p * kernel[j] * q[j];
        plan[j] = y < 1 ? y : 1;
    }
}

template <int P>
NMS_INLINE void scale(const DykstraShape &shape, const double *kernel, double *p, double *q, double *rowFactor,
                      double *columnFactor)
{
    const double n = shape.n;
    alignas(64) double plan[P], columnSum[P];
    for (int j = 0; j < P; ++j)
        columnSum[j] = j < shape.m ? 0 : n; // padding lanes keep the factor 1
    for (int i = 0; i < shape.m; ++i) {
        planRow<P>(kernel + i * P, p[i], q, plan);
        const double factor = n / laneSum<P>(plan);
        rowFactor[i] = factor;
        p[i] *= factor;
        for (int j = 0; j < P; ++j)
            columnSum[j] += factor * plan[j];
    }
    for (int j = 0; j < P; ++j) {
        columnFactor[j] = n / columnSum[j];
        q[j] *= columnFactor[j];
    }
}

template <int P>
NMS_INLINE PlanFigures figures(const DykstraShape &shape, const float *scores, const double *kernel, const double *p,
                               const double *q, const double *rowLogs, const double *columnLogs, const double *rowFactor,
                               const double *columnFactor, bool firstCap)
{
    const double n = shape.n, toExponent = shape.scoreToExponent;
    PlanFigures out;
    alignas(64) double plan[P], factors[P], objective[P] = {}, entropy[P] = {}, above[P] = {}, columnSum[P] = {},
                                            before[P] = {}, fractional[P] = {};
    for (int j = 0; j < P; ++j)
        factors[j] = firstCap ? beyondAll : columnFactor[j];
    for (int i = 0; i < shape.m; ++i) {
        planRow<P>(kernel + i * P, p[i], q, plan);
        const float *score = scores + i * P;
        const double *k = kernel + i * P;
        const double own = p[i], rowLog = rowLogs[i], r = firstCap ? 1 : rowFactor[i];
        // One loop for each figure or two: longer ones are not vectorised.
        for (int j = 0; j < P; ++j) {
            columnSum[j] += plan[j];
            objective[j] += plan[j] * score[j];
        }
        for (int j = 0; j < P; ++j) {
            const double x = score[j] * toExponent + rowLog + columnLogs[j];
            const double below = x < 0 ? x : 0;
            entropy[j] -= plan[j] * below;
            above[j] += x - below;
        }
        for (int j = 0; j < P; ++j) {
            const double y = own * k[j] * q[j], scaled = r * factors[j];
            const double uncapped = y < scaled ? y : scaled;
            before[j] = before[j] < uncapped ? uncapped : before[j];
        }
        for (int j = 0; j < P; ++j) {
            const double decided = plan[j] < 0.99 ? 0.0 : 1.0;
            fractional[j] += (plan[j] > 0.01 ? 1.0 : 0.0) - decided;
        }
        out.rowResidual = std::max(out.rowResidual, std::abs(laneSum<P>(plan) - n) / n);
    }
    double potentials = 0, aboveCap = 0, undecided = 0;
    for (int j = 0; j < shape.m; ++j) { // without the padding lanes
        out.columnResidual = std::max(out.columnResidual, std::abs(columnSum[j] - n) / n);
        out.capacityResidual = std::max(out.capacityResidual, before[j] - 1);
        out.objective += objective[j];
        out.entropy += entropy[j];
        undecided += fractional[j];
        aboveCap += above[j];
        potentials -= rowLogs[j] + columnLogs[j];
    }
    out.fractional = std::int32_t(undecided);
    if (toExponent > 0)
        out.upperBound = std::max(0.0, n * potentials + aboveCap) / toExponent;
    return out;
}

} // namespace

// Each of these is one function for all strides, since only what is inlined into a clone is compiled for its processor.
#define NMS_BY_STRIDE(call)                                                                                                 \
    switch (shape.stride) {                                                                                                 \
    case 4:                                                                                                                 \
        return call(4);                                                                                                     \
    case 8:                                                                                                                 \
        return call(8);                                                                                                     \
    case 16:                                                                                                                \
        return call(16);                                                                                                    \
    case 32:                                                                                                                \
        return call(32);                                                                                                    \
    default:                                                                                                                \
        return call(64);                                                                                                    \
    }

NMS_CPU_CLONES void buildKernel(const DykstraShape &shape, const float *scores, const double *u, const double *v,
                                double *kernel){
#define NMS_CALL(P) kernelOf<P>(shape, scores, u, v, kernel)
    NMS_BY_STRIDE(NMS_CALL)
#undef NMS_CALL
}

NMS_CPU_CLONES void scaleByFactors(const DykstraShape &shape, const double *kernel, double *p, double *q, double *rowFactor,
                                   double *columnFactor){
#define NMS_CALL(P) scale<P>(shape, kernel, p, q, rowFactor, columnFactor)
    NMS_BY_STRIDE(NMS_CALL)
#undef NMS_CALL
}

NMS_CPU_CLONES PlanFigures planFigures(const DykstraShape &shape, const float *scores, const double *kernel, const double *p,
                                       const double *q, const double *rowLogs, const double *columnLogs,
                                       const double *rowFactor, const double *columnFactor, bool firstCap)
{
#define NMS_CALL(P) figures<P>(shape, scores, kernel, p, q, rowLogs, columnLogs, rowFactor, columnFactor, firstCap)
    NMS_BY_STRIDE(NMS_CALL)
#undef NMS_CALL
}

void buildPlan(const DykstraShape &shape, const double *kernel, const double *p, const double *q, double *plan)
{
    for (int i = 0; i < shape.m; ++i)
        for (int j = 0; j < shape.stride; ++j)
            plan[i * shape.stride + j] = std::min(1.0, p[i] * kernel[i * shape.stride + j] * q[j]);
}

} // namespace nms
