// SPDX-License-Identifier: Apache-2.0
// The mask kernels by stride.
#pragma once

#include "core/solver/tile/masks/bound_steps.h"
#include "core/solver/tile/masks/candidate_steps.h"
#include "core/solver/tile/masks/exchange_steps.h"
#include "core/solver/tile/masks/line_steps.h"
#include "core/solver/tile/masks/swap_steps.h"
#include "core/solver/tile/simd/stride.h"

namespace nms {

namespace {

template <int P>
constexpr MaskKernels kernels = {greedyByScore<P>,    greedyByPlan<P>,  greedyFrom<P>,    largestInRows<P>,
                                 largestInColumns<P>, largestInBoth<P>, bestCandidate<P>, swapUntilFull<P>,
                                 exchangeEntries<P>,  partLines<P>,     keptScore<P>,     boundAt<P>,
                                 sweepLines<P>};

inline const MaskKernels &kernelsOf(int stride)
{
    return withStride(stride, [](auto p) -> const MaskKernels & { return kernels<p>; });
}

} // namespace

} // namespace nms
