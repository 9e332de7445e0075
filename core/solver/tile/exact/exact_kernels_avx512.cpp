// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/exact_kernels.h"
#include "core/solver/tile/simd/lanes_avx512.h"

#include "core/solver/tile/simd/doubles_avx512.h"

#include "core/solver/tile/exact/tile_steps.h"

namespace nms {

const ExactKernels &exactKernelsAvx512(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
