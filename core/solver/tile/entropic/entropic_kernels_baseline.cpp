// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/entropic/entropic_kernels.h"
#include "core/solver/tile/simd/lanes_baseline.h"

#include "core/solver/tile/entropic/kernel_table.h"

namespace nms {

const EntropicKernels &entropicKernelsBaseline(int stride)
{
    return kernelsOf(stride);
}

} // namespace nms
