// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/rounding/rounding_kernels.h"
#include "core/solver/tile/simd/lanes_avx2.h"

#include "core/solver/tile/rounding/kernel_table.h"

namespace nms {

const RoundingKernels &roundingKernelsAvx2(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
