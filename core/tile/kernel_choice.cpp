// SPDX-License-Identifier: Apache-2.0
// Selects the kernels that were compiled for a level known at run time.
#include "core/tile/entropic/entropic_kernels.h"
#include "core/tile/entropic/fill_kernels.h"
#include "core/tile/exact/exact_kernels.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/small/small_kernels.h"

#ifdef NMS_X86_KERNELS
#define NMS_CHOOSE(level, call)                                                                                             \
    ((level) == SimdLevel::Avx512 ? avx512::call : (level) == SimdLevel::Avx2 ? avx2::call : baseline::call)
#else
#define NMS_CHOOSE(level, call) (static_cast<void>(level), baseline::call)
#endif

namespace nms {

const ExactKernels &exactKernels(SimdLevel level, int stride)
{
    return NMS_CHOOSE(level, exactKernels(stride));
}

TableKernel tableKernel(SimdLevel level, int n, int m)
{
    return NMS_CHOOSE(level, tableKernel(n, m));
}

const SweepKernels &sweepKernels(SimdLevel level, int n, int m)
{
    return NMS_CHOOSE(level, sweepKernels(n, m));
}

const EntropicKernels &entropicKernels(SimdLevel level, int stride)
{
    return NMS_CHOOSE(level, entropicKernels(stride));
}

template <class T> const FillKernels<T> &fillKernels(SimdLevel level, int stride)
{
    return NMS_CHOOSE(level, fillKernels<T>(stride));
}

template const FillKernels<float> &fillKernels(SimdLevel level, int stride);
template const FillKernels<double> &fillKernels(SimdLevel level, int stride);

const MaskKernels &maskKernels(SimdLevel level, int stride)
{
    return NMS_CHOOSE(level, maskKernels(stride));
}

} // namespace nms
