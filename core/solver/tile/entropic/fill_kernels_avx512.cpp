// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/entropic/fill_kernels.h"
#include "core/solver/tile/simd/lanes_avx512.h"

#include "core/solver/tile/entropic/fill_table.h"

namespace nms {

template <class T> const FillKernels<T> &fillKernelsAvx512(int stride)
{
    return fillKernelsOf<T>(stride);
}

template const FillKernels<float> &fillKernelsAvx512(int stride);
template const FillKernels<double> &fillKernelsAvx512(int stride);

} // namespace nms
