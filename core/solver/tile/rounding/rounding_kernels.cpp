// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/rounding/rounding_kernels.h"

namespace nms {

const RoundingKernels &roundingKernels([[maybe_unused]] SimdLevel level, int stride)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return roundingKernelsAvx512(stride);
    if (level == SimdLevel::Avx2)
        return roundingKernelsAvx2(stride);
#endif
    return roundingKernelsBaseline(stride);
}

} // namespace nms
