// SPDX-License-Identifier: Apache-2.0
// Replaces cuda_backend.cpp and cuda_algebra.cpp in a build without nvcc.
#include "gpu/cuda/cuda_algebra.h"
#include "gpu/cuda/cuda_backend.h"

namespace nms {

std::vector<CudaDeviceInfo> listCudaDevices()
{
    return {};
}

static Unexpected<Error> builtWithout(int device)
{
    return fail(ErrorKind::Device, "cuda:" + std::to_string(device), "this program was built without CUDA",
                "install the CUDA toolkit 12 or later and build again, or use the cpu backend");
}

Result<std::unique_ptr<SolverBackend>> makeCudaBackend(int device)
{
    return builtWithout(device);
}

Result<std::unique_ptr<LinearAlgebra>> makeCudaAlgebra(int device)
{
    return builtWithout(device);
}

Result<std::unique_ptr<DeviceSolver>> makeCudaDeviceSolver(int device)
{
    return builtWithout(device);
}

/// `devices` can only be empty, as listCudaDevices() finds none.
std::unique_ptr<SolverBackend> makeCudaBackend(const std::vector<CudaDeviceInfo> &)
{
    return nullptr;
}

Result<double> cudaCopySeconds(int device, const WeightsView &)
{
    return builtWithout(device);
}

} // namespace nms
