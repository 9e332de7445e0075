// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/entropic/entropic_kernels.h"

namespace nms {

const EntropicKernels &entropicKernels([[maybe_unused]] SimdLevel level, int stride)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return entropicKernelsAvx512(stride);
    if (level == SimdLevel::Avx2)
        return entropicKernelsAvx2(stride);
#endif
    return entropicKernelsBaseline(stride);
}

} // namespace nms
