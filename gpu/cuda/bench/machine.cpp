// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/machine.h"
#include "gpu/cuda/host_lanes/host_lanes.h"

#include "core/bench/timing.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/kernels.h"

#include <limits>

namespace nms::warp::bench {
namespace {

/// A stream, with events that time a launch on it.
class Stopwatch
{
public:
    explicit Stopwatch(int device) : m_device(device) { }
    Stopwatch(const Stopwatch &) = delete;
    ~Stopwatch()
    {
        if (m_begin)
            cudaEventDestroy(m_begin);
        if (m_end)
            cudaEventDestroy(m_end);
        if (m_stream)
            cudaStreamDestroy(m_stream);
    }

    Status open()
    {
        cudaError_t error = cudaSetDevice(m_device);
        if (error == cudaSuccess)
            error = cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking);
        if (error == cudaSuccess)
            error = cudaEventCreate(&m_begin);
        if (error == cudaSuccess)
            error = cudaEventCreate(&m_end);
        return checked(error, "opening a stream");
    }

    Result<double> seconds(const warp::Launch &launch)
    {
        float milliseconds = 0;
        cudaError_t error = cudaSetDevice(m_device);
        if (error == cudaSuccess)
            error = cudaEventRecord(m_begin, m_stream);
        if (error == cudaSuccess)
            error = std::visit([this](const auto &one) { return warp::enqueue(one, m_stream); }, launch);
        if (error == cudaSuccess)
            error = cudaEventRecord(m_end, m_stream);
        if (error == cudaSuccess)
            error = cudaEventSynchronize(m_end);
        if (error == cudaSuccess)
            error = cudaEventElapsedTime(&milliseconds, m_begin, m_end);
        if (const Status status = checked(error, "a timed launch"); !status)
            return fail(status.error());
        return double(milliseconds) * 1e-3;
    }

private:
    Status checked(cudaError_t error, const char *what) const
    {
        if (error == cudaSuccess)
            return {};
        return warp::cudaFailure(m_device, error, what);
    }
    int m_device;
    cudaStream_t m_stream = nullptr;
    cudaEvent_t m_begin = nullptr;
    cudaEvent_t m_end = nullptr;
};

std::string versionText(int version) // 13000
{
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

} // namespace

Result<Machine> makeHostMachine()
{
    Machine machine;
    machine.name = "host lanes, one thread";
    machine.software = "no device";
    machine.torchDevice = "cpu";
    machine.backend = makeHostWarpBackend();
    machine.queue = warp::makeHostQueue(1, std::numeric_limits<std::int64_t>::max());
    machine.seconds = [queue = machine.queue.get()](const warp::Launch &launch) -> Result<double> {
        const double begun = nms::bench::secondsOf(nms::bench::Clock::Wall);
        Status status = queue->run(launch);
        if (status)
            status = queue->finish();
        if (!status)
            return fail(status.error());
        return nms::bench::secondsOf(nms::bench::Clock::Wall) - begun;
    };
    return machine;
}

Result<Machine> makeCudaMachine(int device)
{
    Machine machine;
    auto backend = makeCudaBackend(device);
    if (!backend)
        return fail(backend.error());
    machine.backend = std::move(*backend);
    auto queue = warp::makeCudaQueue(device);
    if (!queue)
        return fail(queue.error());
    machine.queue = std::move(*queue);
    const auto stopwatch = std::make_shared<Stopwatch>(device);
    if (const Status status = stopwatch->open(); !status)
        return fail(status.error());
    machine.seconds = [stopwatch](const warp::Launch &launch) {
        return stopwatch->seconds(launch);
    };

    cudaDeviceProp properties;
    if (const cudaError_t error = cudaGetDeviceProperties(&properties, device); error != cudaSuccess)
        return warp::cudaFailure(device, error, "asking for its properties");
    int driver = 0;
    int runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    machine.name = properties.name;
    machine.software = "driver for CUDA " + versionText(driver) + ", runtime " + versionText(runtime);
    machine.torchDevice = "cuda:" + std::to_string(device);
    return machine;
}

} // namespace nms::warp::bench
