// SPDX-License-Identifier: Apache-2.0
// Compiled once for each level.
#include "core/tile/masks/mask_kernels.h"

#include "core/simd/stride.h"
#include "core/tile/masks/bound_steps.h"
#include "core/tile/masks/candidate_steps.h"
#include "core/tile/masks/exchange_steps.h"
#include "core/tile/masks/line_steps.h"
#include "core/tile/masks/swap_steps.h"

namespace nms {

namespace {

template <int P>
constexpr MaskKernels kernels = {greedyByScore<P>,    greedyByPlan<P>,    greedyFrom<P>,           largestInRows<P>,
                                 largestInColumns<P>, largestInBoth<P>,   bestCandidate<P>,        swapUntilFull<P>,
                                 swapWhileGaining<P>, exchangeEntries<P>, separatingThresholds<P>, keptScore<P>,
                                 boundAt<P>,          sweepLines<P>};

} // namespace

const MaskKernels &NMS_LEVEL::maskKernels(int stride)
{
    return withStride(stride, [](auto p) -> const MaskKernels & { return kernels<p>; });
}

} // namespace nms
