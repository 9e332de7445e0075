// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/tile_kernel.cuh"
#include "gpu/cuda/warp/mask_programs.h"

namespace nms::warp {

cudaError_t enqueue(const ExactLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const GreedyLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const StandardLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

bool haveKernelsFor(int major, int minor)
{
    for (const int architecture : {__CUDA_ARCH_LIST__}) // 900 is 9.0; kernels include PTX for all later devices
        if (architecture <= major * 100 + minor * 10)
            return true;
    return false;
}

} // namespace nms::warp
