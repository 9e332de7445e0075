// SPDX-License-Identifier: Apache-2.0
// The CUDA kernels as plain functions. Each enqueues a launch on `stream` and returns the result of cudaGetLastError.
#pragma once

#include "gpu/cuda/launches.h"

#include <cuda_runtime_api.h>

namespace nms::warp {

cudaError_t enqueue(const ExactLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const GreedyLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const StandardLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const DykstraLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const CappedLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const DykstraAdvanceLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const CappedAdvanceLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const ExactAdvanceLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const PlanCaptureLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const ExactCaptureLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const ExactResumeLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const PackLaunch &launch, cudaStream_t stream);
cudaError_t enqueue(const UnpackLaunch &launch, cudaStream_t stream);

/// True if this build has kernels that a device of compute capability major.minor can run, directly or compiled from PTX.
bool haveKernelsFor(int major, int minor);

} // namespace nms::warp
