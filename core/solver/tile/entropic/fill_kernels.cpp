// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/entropic/fill_kernels.h"

namespace nms {

template <class T> const FillKernels<T> &fillKernels([[maybe_unused]] SimdLevel level, int stride)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return fillKernelsAvx512<T>(stride);
    if (level == SimdLevel::Avx2)
        return fillKernelsAvx2<T>(stride);
#endif
    return fillKernelsBaseline<T>(stride);
}

template const FillKernels<float> &fillKernels(SimdLevel level, int stride);
template const FillKernels<double> &fillKernels(SimdLevel level, int stride);

} // namespace nms
