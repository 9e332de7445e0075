// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/exact_kernels.h"

namespace nms {

const ExactKernels &exactKernels([[maybe_unused]] SimdLevel level, int stride)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return exactKernelsAvx512(stride);
    if (level == SimdLevel::Avx2)
        return exactKernelsAvx2(stride);
#endif
    return exactKernelsBaseline(stride);
}

} // namespace nms
