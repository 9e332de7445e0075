// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/simd/lanes_avx512.h"

#include "core/solver/tile/simd/doubles_avx512.h"

#include "core/solver/tile/exact/small/group_sweep_steps.h"
#include "core/solver/tile/exact/small/table_steps.h"

namespace nms {

TableKernel tableKernelAvx512(int n, int m)
{
    return tableKernelOf(n, m);
}

const SweepKernels &sweepKernelsAvx512(int n, int m)
{
    return sweepKernelsOf(n, m);
}

} // namespace nms
