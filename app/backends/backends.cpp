// SPDX-License-Identifier: Apache-2.0
#include "app/backends/backends.h"

#include "core/prune/cpu_algebra.h"
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_algebra.h"
#include "gpu/cuda/cuda_backend.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace nms {

static BackendEntry entryOf(std::shared_ptr<SolverBackend> backend)
{
    std::string id = backend->id();
    std::string label = backend->description();
    return {std::move(id), std::move(label), std::move(backend)};
}

std::vector<BackendEntry> availableBackends()
{
    std::vector<BackendEntry> entries;
    const std::vector<CudaDeviceInfo> devices = listCudaDevices();
    if (devices.size() > 1)
        entries.push_back(entryOf(makeCudaBackend(devices)));
    for (const CudaDeviceInfo &device : devices)
        if (Result<std::unique_ptr<SolverBackend>> backend = makeCudaBackend(device.index))
            entries.push_back(entryOf(std::move(*backend)));
    entries.push_back(entryOf(makeCpuBackend()));
    return entries;
}

Result<std::shared_ptr<DeviceSolver>> deviceSolver(int device)
{
    static std::mutex mutex;
    static std::map<int, std::shared_ptr<DeviceSolver>> known;
    const std::scoped_lock lock(mutex);
    std::shared_ptr<DeviceSolver> &solver = known[device];
    if (!solver) {
        Result<std::unique_ptr<DeviceSolver>> made = makeCudaDeviceSolver(device);
        if (!made)
            return fail(made.error());
        solver = std::move(*made);
    }
    return solver;
}

Result<std::shared_ptr<LinearAlgebra>> algebraFor(const SolverBackend &backend)
{
    constexpr std::string_view cuda = "cuda";
    const std::string id = backend.id();
    if (!id.starts_with(cuda))
        return std::shared_ptr<LinearAlgebra>(makeCpuAlgebra());
    // For a backend of several devices, use the first device.
    const std::string number = id.size() > cuda.size() ? id.substr(cuda.size() + 1) : "0";
    Result<std::unique_ptr<LinearAlgebra>> algebra = makeCudaAlgebra(std::stoi(number));
    if (!algebra)
        return fail(algebra.error());
    return std::shared_ptr<LinearAlgebra>(std::move(*algebra));
}

Result<double> copySecondsTo(const SolverBackend &backend, const WeightsView &weights)
{
    constexpr std::string_view oneDevice = "cuda:";
    const std::string id = backend.id();
    if (!id.starts_with(oneDevice))
        return fail(ErrorKind::Unsupported, id, "nothing is copied to one device", "");
    return cudaCopySeconds(std::stoi(id.substr(oneDevice.size())), weights);
}

} // namespace nms
