// SPDX-License-Identifier: Apache-2.0
// The mask kernels by stride.
#pragma once

#include "core/solver/tile/masks/bound_steps.h"
#include "core/solver/tile/masks/candidate_steps.h"
#include "core/solver/tile/masks/line_steps.h"
#include "core/solver/tile/masks/swap_steps.h"

namespace nms {

namespace {

template <int P>
constexpr MaskKernels kernels = {greedyByScore<P>, greedyByPlan<P>,  largestInRows<P>, largestInColumns<P>, largestInBoth<P>,
                                 bestCandidate<P>, swapUntilFull<P>, keptScore<P>,     boundAt<P>,          sweepLines<P>};

const MaskKernels &kernelsOf(int stride)
{
    switch (stride) {
    case 4:
        return kernels<4>;
    case 8:
        return kernels<8>;
    case 16:
        return kernels<16>;
    case 32:
        return kernels<32>;
    default:
        return kernels<64>;
    }
}

} // namespace

} // namespace nms
