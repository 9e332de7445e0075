// SPDX-License-Identifier: Apache-2.0
// The loops of DykstraTile over all entries of a tile. Arrays by rows have `stride` (4, 8, 16, 32 or 64) entries a row,
// lines have at least `stride` entries; padding lanes hold kernel 0, score 0, q 1, column factor 1.
#pragma once

#include "core/solver/tile/iterative_tile.h"

namespace nms {

/// A tile's shape and what its potentials multiply.
struct DykstraShape {
    int n = 0;
    int m = 0;
    int stride = 0;
    double scoreToExponent = 0; // τ / maximum
};

/// kernel = exp(scoreToExponent·score + u + v), with exponents cut off at 600 and flushed to 0 below −600.
void buildKernel(const DykstraShape &shape, const float *scores, const double *u, const double *v, double *kernel);

/// One pass over the kernel: the plan min(1, p·K·q) row by row, its sum, and at once the column sums of the scaled rows.
/// Multiplies p and q by n over the sums and leaves those factors.
void scaleByFactors(const DykstraShape &shape, const double *kernel, double *p, double *q, double *rowFactor,
                    double *columnFactor);

/// plan = min(1, p·K·q)
void buildPlan(const DykstraShape &shape, const double *kernel, const double *p, const double *q, double *plan);

/// Everything but `open` and `done`, in one pass. ln S is τA + u + v wherever S < 1, and the bound's max(0, A − α − β) is
/// what lies above the cap, so neither the entropy nor the bound takes a logarithm of an entry. rowLogs and columnLogs are
/// u + ln p and v + ln q. Just before the cap an entry was what the capped plan had become by the last factors, or Y itself
/// in the first iteration (`firstCap`), which starts from a plan that was not capped.
PlanFigures planFigures(const DykstraShape &shape, const float *scores, const double *kernel, const double *p,
                        const double *q, const double *rowLogs, const double *columnLogs, const double *rowFactor,
                        const double *columnFactor, bool firstCap);

} // namespace nms
