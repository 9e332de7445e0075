// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/exact_kernels.h"
#include "core/solver/tile/simd/lanes_avx2.h"

#include "core/solver/tile/simd/doubles_avx2.h"

#include "core/solver/tile/exact/tile_steps.h"

namespace nms {

const ExactKernels &exactKernelsAvx2(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
