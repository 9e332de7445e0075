// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_backend.h"

#include "gpu/cuda/copy_timing.h"
#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/cuda_shared.h"
#include "gpu/cuda/kernels.h"
#include "gpu/cuda/warp_backend.h"

#include <algorithm>
#include <iostream>

namespace nms {
namespace {

int deviceCount()
{
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count); // leaves `count` unchanged if it fails
    static_cast<void>(cudaGetLastError());
    return error == cudaSuccess ? count : 0;
}

/// Only queries the driver: creating a context on the device would be slow and occupy device memory.
Result<CudaDeviceInfo> describe(int device)
{
    cudaDeviceProp properties;
    if (const cudaError_t error = cudaGetDeviceProperties(&properties, device); error != cudaSuccess)
        return warp::cudaFailure(device, error, "asking for its properties");
    if (!warp::haveKernelsFor(properties.major, properties.minor))
        return warp::cudaFailure(device, cudaErrorNoKernelImageForDevice, "choosing kernels");
    return CudaDeviceInfo{device, properties.name, std::int64_t(properties.totalGlobalMem), warp::sharedCudaId(device)};
}

/// Two streams: one copies while the other solves.
warp::SolvingDevice deviceOf(int device)
{
    constexpr std::int64_t worthwhile = std::int64_t(64) << 20; // starting a GPU takes as long as solving a gigabyte
    return {[device](int threads) { return warp::makeCudaQueue(device, threads); }, 2, worthwhile};
}

void warn(const std::string &message)
{
    std::clog << message << std::endl;
}

/// "2 × NVIDIA H200", "NVIDIA H200 + NVIDIA L4".
std::string namesOf(const std::vector<CudaDeviceInfo> &devices)
{
    std::string names;
    for (auto first = devices.begin(); first != devices.end();) {
        const auto last =
            std::find_if(first, devices.end(), [&](const CudaDeviceInfo &device) { return device.name != first->name; });
        const auto count = last - first;
        names += (names.empty() ? "" : " + ") + (count > 1 ? std::to_string(count) + " × " : "") + first->name;
        first = last;
    }
    return names;
}

} // namespace

std::vector<CudaDeviceInfo> listCudaDevices()
{
    std::vector<CudaDeviceInfo> devices;
    const int count = deviceCount();
    for (int device = 0; device < count; ++device)
        if (const auto info = describe(device))
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
    const Result<CudaDeviceInfo> info = describe(device);
    if (!info)
        return fail(info.error());
    return warp::makeWarpBackend("cuda:" + std::to_string(device), "CUDA · " + info->name, {deviceOf(device)}, warn);
}

std::unique_ptr<SolverBackend> makeCudaBackend(const std::vector<CudaDeviceInfo> &devices)
{
    std::vector<warp::SolvingDevice> all;
    all.reserve(devices.size());
    for (const CudaDeviceInfo &device : devices)
        all.push_back(deviceOf(device.index));
    return warp::makeWarpBackend("cuda", "CUDA · " + namesOf(devices), std::move(all), warn);
}

Result<double> cudaCopySeconds(int device, const WeightsView &weights)
{
    const auto queue = warp::makeCudaQueue(device, 0);
    if (!queue)
        return fail(queue.error());
    return warp::copySeconds(**queue, weights);
}

} // namespace nms
