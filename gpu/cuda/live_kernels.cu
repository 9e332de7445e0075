// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/tile_kernel.cuh"
#include "gpu/cuda/warp/live_exact_programs.h"
#include "gpu/cuda/warp/live_plan_programs.h"

namespace nms::warp {
namespace {

constexpr int reduceThreads = 256;

/// Combines the figures of b into a.
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
    a.running += b.running;
}

/// Each block adds up an equal share of the `count` sums, always in the same order, so that a replayed iteration gives
/// bitwise identical figures.
__global__ void __launch_bounds__(reduceThreads) reduceKernel(const LiveSums *from, std::int64_t count, LiveSums *to)
{
    __shared__ LiveSums shared[reduceThreads];
    LiveSums mine;
    const std::int64_t end = count * (blockIdx.x + 1) / gridDim.x;
    for (std::int64_t k = count * blockIdx.x / gridDim.x + threadIdx.x; k < end; k += reduceThreads)
        join(mine, from[k]);
    shared[threadIdx.x] = mine;
    for (unsigned width = reduceThreads / 2; width > 0; width /= 2) {
        __syncthreads();
        if (threadIdx.x < width)
            join(shared[threadIdx.x], shared[threadIdx.x + width]);
    }
    if (threadIdx.x == 0)
        to[blockIdx.x] = shared[0];
}

template <class Launch> cudaError_t advance(const Launch &launch, cudaStream_t stream)
{
    const cudaError_t error = startForSide(launch, stream);
    if (error != cudaSuccess)
        return error;
    reduceKernel<<<liveSubtotals, reduceThreads, 0, stream>>>(launch.partial, groupsOf(launch.problem.m, launch.tiles.count),
                                                              launch.subtotals);
    reduceKernel<<<1, reduceThreads, 0, stream>>>(launch.subtotals, liveSubtotals, launch.sums);
    return cudaGetLastError();
}

} // namespace

cudaError_t enqueue(const DykstraAdvanceLaunch &launch, cudaStream_t stream)
{
    return advance(launch, stream);
}

cudaError_t enqueue(const CappedAdvanceLaunch &launch, cudaStream_t stream)
{
    return advance(launch, stream);
}

cudaError_t enqueue(const ExactAdvanceLaunch &launch, cudaStream_t stream)
{
    return advance(launch, stream);
}

cudaError_t enqueue(const PlanCaptureLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const ExactCaptureLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

cudaError_t enqueue(const ExactResumeLaunch &launch, cudaStream_t stream)
{
    return startForSide(launch, stream);
}

} // namespace nms::warp
