// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/simd/lanes_avx2.h"

#include "core/solver/tile/simd/doubles_avx2.h"

#include "core/solver/tile/exact/small/group_sweep_steps.h"
#include "core/solver/tile/exact/small/table_steps.h"

namespace nms {

TableKernel tableKernelAvx2(int n, int m)
{
    return tableKernelOf(n, m);
}

const SweepKernels &sweepKernelsAvx2(int n, int m)
{
    return sweepKernelsOf(n, m);
}

} // namespace nms
