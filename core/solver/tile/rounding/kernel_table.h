// SPDX-License-Identifier: Apache-2.0
// The rounding kernels by stride.
#pragma once

#include "core/solver/tile/rounding/bound_steps.h"
#include "core/solver/tile/rounding/greedy_steps.h"
#include "core/solver/tile/rounding/swap_steps.h"

namespace nms {

namespace {

template <int P>
constexpr RoundingKernels kernels = {greedyByScore<P>, greedyByPlan<P>, swapUntilFull<P>,
                                     keptScore<P>,     boundAt<P>,      sweepLines<P>};

const RoundingKernels &kernelsOf(int stride)
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
