// SPDX-License-Identifier: Apache-2.0
// Compiled once for each level.
#include "core/tile/entropic/fill_kernels.h"

#include "core/simd/stride.h"
#include "core/tile/entropic/fill_steps.h"

namespace nms {

namespace {

template <int P, class T>
constexpr FillKernels<T> kernelsOfStride = {buildKernel<P, T>, fill<P, T>,       residuals<P, T>,
                                            sharpen<P, T>,     thresholds<P, T>, excess<P, T>};

} // namespace

template <class T> const FillKernels<T> &NMS_LEVEL::fillKernels(int stride)
{
    return withStride(stride, [](auto p) -> const FillKernels<T> & { return kernelsOfStride<p, T>; });
}

template const FillKernels<float> &NMS_LEVEL::fillKernels(int stride);
template const FillKernels<double> &NMS_LEVEL::fillKernels(int stride);

} // namespace nms
