// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/exact_kernels.h"
#include "core/solver/tile/simd/lanes_baseline.h"

#include "core/solver/tile/simd/doubles_baseline.h"

#include "core/solver/tile/exact/tile_steps.h"

namespace nms {

const ExactKernels &exactKernelsBaseline(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
