// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/tile_kernel.cuh"
#include "gpu/cuda/warp/plan_programs.h"

namespace nms::warp {

cudaError_t enqueue(const DykstraLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const CappedLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

} // namespace nms::warp
