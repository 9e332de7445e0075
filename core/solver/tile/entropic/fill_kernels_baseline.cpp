// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/entropic/fill_kernels.h"
#include "core/solver/tile/simd/lanes_baseline.h"

#include "core/solver/tile/entropic/fill_table.h"

namespace nms {

template <class T> const FillKernels<T> &fillKernelsBaseline(int stride)
{
    return fillKernelsOf<T>(stride);
}

template const FillKernels<float> &fillKernelsBaseline(int stride);
template const FillKernels<double> &fillKernelsBaseline(int stride);

} // namespace nms
