// SPDX-License-Identifier: Apache-2.0
// Stands in for cuda_backend.cpp and cuda_algebra.cpp in a build without nvcc.
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

/// Of none: listCudaDevices() finds no others.
std::unique_ptr<SolverBackend> makeCudaBackend(const std::vector<CudaDeviceInfo> &)
{
    return nullptr;
}

} // namespace nms
