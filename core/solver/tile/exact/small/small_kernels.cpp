// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/small/sweep_kernels.h"
#include "core/solver/tile/exact/small/table_kernels.h"

namespace nms {

TableKernel tableKernel([[maybe_unused]] SimdLevel level, int n, int m)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return tableKernelAvx512(n, m);
    if (level == SimdLevel::Avx2)
        return tableKernelAvx2(n, m);
#endif
    return tableKernelBaseline(n, m);
}

const SweepKernels &sweepKernels([[maybe_unused]] SimdLevel level, int n, int m)
{
#ifdef NMS_X86_KERNELS
    if (level == SimdLevel::Avx512)
        return sweepKernelsAvx512(n, m);
    if (level == SimdLevel::Avx2)
        return sweepKernelsAvx2(n, m);
#endif
    return sweepKernelsBaseline(n, m);
}

} // namespace nms
