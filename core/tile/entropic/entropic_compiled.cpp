// SPDX-License-Identifier: Apache-2.0
// Compiled once for each level.
#include "core/tile/entropic/entropic_kernels.h"

#include "core/simd/stride.h"
#include "core/tile/entropic/dykstra_steps.h"
#include "core/tile/entropic/figure_steps.h"

namespace nms {

namespace {

template <int P>
constexpr EntropicKernels kernels = {takeScores<P>, buildKernel<P>,  rebase<P>, potentials<P>, plan<P>,
                                     residuals<P>,  firstScaling<P>, scale<P>,  figures<P>};

} // namespace

const EntropicKernels &NMS_LEVEL::entropicKernels(int stride)
{
    return withStride(stride, [](auto p) -> const EntropicKernels & { return kernels<p>; });
}

} // namespace nms
