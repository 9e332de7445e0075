// SPDX-License-Identifier: Apache-2.0
// The kernels of water-filling of one processor. Included by one file for each.
#pragma once

#include "core/solver/tile/entropic/fill_steps.h"

namespace nms {

namespace {

template <int P, class T>
constexpr FillKernels<T> kernelsOfStride = {buildKernel<P, T>, fill<P, T>,       residuals<P, T>,
                                            sharpen<P, T>,     thresholds<P, T>, excess<P, T>};

template <class T> const FillKernels<T> &fillKernelsOf(int stride)
{
    switch (stride) {
    case 4:
        return kernelsOfStride<4, T>;
    case 8:
        return kernelsOfStride<8, T>;
    case 16:
        return kernelsOfStride<16, T>;
    case 32:
        return kernelsOfStride<32, T>;
    default:
        return kernelsOfStride<64, T>;
    }
}

} // namespace

} // namespace nms
