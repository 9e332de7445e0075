// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/masks/mask_kernels.h"
#include "core/solver/tile/simd/lanes_avx2.h"

#include "core/solver/tile/masks/kernel_table.h"

namespace nms {

const MaskKernels &maskKernelsAvx2(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
