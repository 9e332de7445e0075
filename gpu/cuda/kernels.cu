// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/warp/tile_programs.h"

namespace nms::warp {
namespace {

/// Warps are independent of each other; a block is as many as fill a small share of shared memory.
template <int M> constexpr int warpsPerBlock = M <= 32 ? 4 : 1;
template <int M> constexpr int threadsPerBlock = 32 * warpsPerBlock<M>;
/// So many that a thread may have the registers that the lines of its tile need: 128 of them.
template <int M> constexpr int blocksPerProcessor = M <= 32 ? 4 : 6;

template <int M, class Launch>
__global__ void __launch_bounds__(threadsPerBlock<M>, blocksPerProcessor<M>)
    tileKernel(const __grid_constant__ Launch launch, std::int64_t groups)
{
    static_assert(Layout<M>::tileWords % 4 == 0 && Layout<M>::vectorWords % 4 == 0); // for loads of four words
    __shared__ alignas(16) float words[warpsPerBlock<M> * Layout<M>::words];
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const std::int64_t group = std::int64_t(blockIdx.x) * warpsPerBlock<M> + warp;
    if (group >= groups) // a whole warp
        return;
    WarpMemory memory(words + warp * Layout<M>::words);
    runTiles<M>(memory, launch, group);
}

template <int M, class Launch> cudaError_t start(const Launch &launch, cudaStream_t stream)
{
    const std::int64_t groups = groupsOf(launch.problem.m, launch.tiles.count);
    const std::int64_t blocks = (groups + warpsPerBlock<M> - 1) / warpsPerBlock<M>;
    if (blocks == 0)
        return cudaSuccess;
    tileKernel<M><<<static_cast<unsigned>(blocks), threadsPerBlock<M>, 0, stream>>>(launch, groups);
    return cudaGetLastError();
}

template <class Launch> cudaError_t startForSide(const Launch &launch, cudaStream_t stream)
{
    switch (paddedSide(launch.problem.m)) {
    case 4:
        return start<4>(launch, stream);
    case 8:
        return start<8>(launch, stream);
    case 16:
        return start<16>(launch, stream);
    case 32:
        return start<32>(launch, stream);
    default:
        return start<64>(launch, stream);
    }
}

constexpr int reduceThreads = 256;

/// b's figures joined to a's.
__device__ void join(LiveSums &a, const LiveSums &b)
{
    a.rowResidual = max(a.rowResidual, b.rowResidual);
    a.columnResidual = max(a.columnResidual, b.columnResidual);
    a.capacityResidual = max(a.capacityResidual, b.capacityResidual);
    a.residual += b.residual;
    a.objective += b.objective;
    a.upperBound += b.upperBound;
    a.entropy += b.entropy;
    a.fractional += b.fractional;
    a.open += b.open;
}

/// One block; always in the same order, so that a replayed iteration gives the same figures bit for bit.
__global__ void __launch_bounds__(reduceThreads) reduceKernel(const LiveSums *partial, std::int64_t count, LiveSums *sums)
{
    __shared__ LiveSums shared[reduceThreads];
    LiveSums mine;
    for (std::int64_t k = threadIdx.x; k < count; k += reduceThreads)
        join(mine, partial[k]);
    shared[threadIdx.x] = mine;
    for (unsigned width = reduceThreads / 2; width > 0; width /= 2) {
        __syncthreads();
        if (threadIdx.x < width)
            join(shared[threadIdx.x], shared[threadIdx.x + width]);
    }
    if (threadIdx.x == 0)
        *sums = shared[0];
}

} // namespace

cudaError_t enqueue(const SolveLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const IterateLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const AdvanceLaunch &launch, cudaStream_t stream)
{
    const cudaError_t error = startForSide(launch, stream);
    if (error != cudaSuccess)
        return error;
    reduceKernel<<<1, reduceThreads, 0, stream>>>(launch.partial, groupsOf(launch.problem.m, launch.tiles.count),
                                                  launch.sums);
    return cudaGetLastError();
}

cudaError_t enqueue(const CaptureLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

bool haveKernelsFor(int major, int minor)
{
    for (const int architecture : {__CUDA_ARCH_LIST__}) // 900 is 9.0; its kernels come with PTX for all later devices
        if (architecture <= major * 100 + minor * 10)
            return true;
    return false;
}

} // namespace nms::warp
