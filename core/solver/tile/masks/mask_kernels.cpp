// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/masks/mask_kernels.h"

namespace nms {

const MaskKernels &maskKernels([[maybe_unused]] SimdLevel level, int stride)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return maskKernelsAvx512(stride);
    if (level == SimdLevel::Avx2)
        return maskKernelsAvx2(stride);
#endif
    return maskKernelsBaseline(stride);
}

} // namespace nms
