// SPDX-License-Identifier: Apache-2.0
// The kernels of one processor. Included by one file for each.
#pragma once

#include "core/solver/tile/entropic/dykstra_steps.h"
#include "core/solver/tile/entropic/figure_steps.h"
#include "core/solver/tile/simd/stride.h"

namespace nms {

namespace {

template <int P>
constexpr EntropicKernels kernels = {takeScores<P>, buildKernel<P>,  rebase<P>, potentials<P>, plan<P>,
                                     residuals<P>,  firstScaling<P>, scale<P>,  figures<P>};

inline const EntropicKernels &kernelsOf(int stride)
{
    return withStride(stride, [](auto p) -> const EntropicKernels & { return kernels<p>; });
}

} // namespace

} // namespace nms
