// SPDX-License-Identifier: Apache-2.0
// Compiled once for each level.
#include "core/tile/small/small_kernels.h"

#include "core/tile/small/group_sweep_steps.h"
#include "core/tile/small/table_steps.h"

namespace nms {

TableKernel NMS_LEVEL::tableKernel(int n, int m)
{
    return tableKernelOf(n, m);
}

const SweepKernels &NMS_LEVEL::sweepKernels(int n, int m)
{
    return sweepKernelsOf(n, m);
}

} // namespace nms
