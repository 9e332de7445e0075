// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/simd/lanes_baseline.h"

#include "core/solver/tile/simd/doubles_baseline.h"

#include "core/solver/tile/exact/small/group_sweep_steps.h"
#include "core/solver/tile/exact/small/table_steps.h"

namespace nms {

TableKernel tableKernelBaseline(int n, int m)
{
    return tableKernelOf(n, m);
}

const SweepKernels &sweepKernelsBaseline(int n, int m)
{
    return sweepKernelsOf(n, m);
}

} // namespace nms
