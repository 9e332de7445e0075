// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/warp/stack_programs.h"

namespace nms::warp {

namespace {

constexpr int warpsOfBlock = 8;

template <class Launch>
__global__ void __launch_bounds__(32 * warpsOfBlock) stackKernel(const __grid_constant__ Launch launch)
{
    const std::int64_t warp = std::int64_t(blockIdx.x) * warpsOfBlock + threadIdx.x / 32;
    if (warp < launch.warps) // uniform over the warp
        runStack(launch, warp);
}

template <class Launch> cudaError_t startStack(const Launch &launch, cudaStream_t stream)
{
    const std::int64_t blocks = (launch.warps + warpsOfBlock - 1) / warpsOfBlock;
    if (blocks == 0)
        return cudaSuccess;
    stackKernel<<<static_cast<unsigned>(blocks), 32 * warpsOfBlock, 0, stream>>>(launch);
    return cudaGetLastError();
}

} // namespace

cudaError_t enqueue(const PackLaunch &launch, cudaStream_t stream)
{
    return startStack(launch, stream);
}

cudaError_t enqueue(const UnpackLaunch &launch, cudaStream_t stream)
{
    return startStack(launch, stream);
}

} // namespace nms::warp
