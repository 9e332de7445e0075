// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_backend.h"

#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/warp_backend.h"

namespace nms {
namespace {

int deviceCount()
{
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count); // leaves `count` alone when it fails
    static_cast<void>(cudaGetLastError());
    return error == cudaSuccess ? count : 0;
}

/// The device answers and this build has code for it.
cudaError_t probe(int device)
{
    cudaError_t error = cudaSetDevice(device);
    if (error == cudaSuccess)
        error = warp::probeKernels();
    static_cast<void>(cudaGetLastError());
    return error;
}

Result<CudaDeviceInfo> describe(int device)
{
    cudaDeviceProp properties;
    const cudaError_t error = cudaGetDeviceProperties(&properties, device);
    if (error != cudaSuccess)
        return warp::cudaFailure(device, error, "asking for its properties");
    return CudaDeviceInfo{device, properties.name, std::int64_t(properties.totalGlobalMem)};
}

} // namespace

std::vector<CudaDeviceInfo> listCudaDevices()
{
    std::vector<CudaDeviceInfo> devices;
    const int count = deviceCount();
    for (int device = 0; device < count; ++device)
        if (const auto info = describe(device); info && probe(device) == cudaSuccess)
            devices.push_back(*info);
    return devices;
}

Result<std::unique_ptr<SolverBackend>> makeCudaBackend(int device)
{
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess)
        return warp::cudaFailure(device, error, "looking for GPUs");
    if (device < 0 || device >= count)
        return warp::cudaFailure(device, cudaErrorInvalidDevice, "choosing the GPU");
    if (const cudaError_t error = probe(device); error != cudaSuccess)
        return warp::cudaFailure(device, error, "loading the kernels");
    const Result<CudaDeviceInfo> info = describe(device);
    if (!info)
        return fail(info.error());
    return warp::makeWarpBackend("cuda:" + std::to_string(device), "CUDA · " + info->name,
                                 [device](int) { return warp::makeCudaQueue(device); });
}

} // namespace nms
