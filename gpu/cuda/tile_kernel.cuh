// SPDX-License-Identifier: Apache-2.0
// One kernel for each launch and specialised side: tiles are distributed over warps.
#pragma once

#include "gpu/cuda/kernels.h"
#include "gpu/cuda/warp/tile_frame.h"

#include <type_traits>

namespace nms::warp {

/// Warps are independent of each other; a block has as many as fill a small share of shared memory.
template <int M> constexpr int warpsPerBlock = M <= 32 ? 4 : 1;
template <int M> constexpr int threadsPerBlock = 32 * warpsPerBlock<M>;
/// Chosen so that a thread has enough registers for the lines of its tile: 128, and more if it also computes figures of a
/// plan. Exact needs fewer: so many blocks fit without spills. Capped keeps its lines in shared memory: with fewer registers
/// more warps run, which hide each other's waits for instructions.
template <int M, class Launch>
constexpr int blocksPerProcessor = M == 64           ? 6
    : M < 32 && std::is_same_v<CappedLaunch, Launch> ? 7
    : M == 16 && std::is_same_v<ExactLaunch, Launch> ? 7
    : M == 8 && std::is_same_v<ExactLaunch, Launch>  ? 9
    : M < 32                                         ? 4
    : std::is_base_of_v<AdvanceLaunch, Launch>       ? 3
                                                     : 4;

template <int M, class Launch>
__global__ void __launch_bounds__(threadsPerBlock<M>, blocksPerProcessor<M, Launch>)
    tileKernel(const __grid_constant__ Launch launch, std::int64_t groups)
{
    static_assert(Layout<M>::tileWords % 4 == 0 && Layout<M>::vectorWords % 4 == 0); // to load four words
    constexpr int wordsOfBlock = warpsPerBlock<M> * wordsOf<M, Launch>;
    __shared__ alignas(16) float words[wordsOfBlock > 0 ? wordsOfBlock : 1];
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const std::int64_t group = std::int64_t(blockIdx.x) * warpsPerBlock<M> + warp;
    if (group >= groups) // uniform over the warp
        return;
    WarpMemory memory(words + warp * wordsOf<M, Launch>);
    runTiles<M>(memory, launch, group);
}

template <int M, class Launch> cudaError_t start(const Launch &launch, cudaStream_t stream)
{
    const std::int64_t groups = groupsOf<M>(launch);
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

} // namespace nms::warp
