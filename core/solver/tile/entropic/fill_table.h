// SPDX-License-Identifier: Apache-2.0
// The kernels of water-filling of one processor. Included by one file for each.
#pragma once

#include "core/solver/tile/entropic/fill_steps.h"
#include "core/solver/tile/simd/stride.h"

namespace nms {

namespace {

template <int P, class T>
constexpr FillKernels<T> kernelsOfStride = {buildKernel<P, T>, fill<P, T>,       residuals<P, T>,
                                            sharpen<P, T>,     thresholds<P, T>, excess<P, T>};

template <class T> const FillKernels<T> &fillKernelsOf(int stride)
{
    return withStride(stride, [](auto p) -> const FillKernels<T> & { return kernelsOfStride<p, T>; });
}

} // namespace

} // namespace nms
