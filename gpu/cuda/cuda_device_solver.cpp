// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/device_solve.h"
#include "gpu/cuda/kernels.h"

#include <utility>
#include <vector>

namespace nms {
namespace {

using warp::cudaFailure;

/// Makes a device current for this thread, and what was current before again at its end: the thread is the caller's.
class CurrentDevice
{
public:
    explicit CurrentDevice(int device)
    {
        m_error = cudaGetDevice(&m_before);
        if (m_error == cudaSuccess && m_before != device) {
            m_error = cudaSetDevice(device);
            m_changed = m_error == cudaSuccess;
        }
    }
    CurrentDevice(const CurrentDevice &) = delete;
    ~CurrentDevice()
    {
        if (m_changed)
            static_cast<void>(cudaSetDevice(m_before));
    }
    cudaError_t error() const { return m_error; }

private:
    int m_before = 0;
    bool m_changed = false;
    cudaError_t m_error = cudaSuccess;
};

/// Makes a call to the runtime on the device, and checks its result.
template <class F> Status onDevice(int device, const char *what, F function)
{
    const CurrentDevice current(device);
    const cudaError_t error = current.error() == cudaSuccess ? function() : current.error();
    if (error == cudaSuccess)
        return {};
    static_cast<void>(cudaGetLastError()); // clears the error, or the next call would report it again
    return cudaFailure(device, error, what);
}

/// Launches on somebody else's stream.
class StreamLauncher : public warp::Launcher
{
public:
    StreamLauncher(int device, cudaStream_t stream) : m_device(device), m_stream(stream) { }

    Status clear(void *memory, std::int64_t bytes) override
    {
        return onDevice(m_device, "clearing memory",
                        [&] { return cudaMemsetAsync(memory, 0, std::size_t(bytes), m_stream); });
    }
    Status run(const warp::Launch &launch) override
    {
        return onDevice(m_device, "a kernel's launch", [&] {
            return std::visit([this](const auto &one) { return warp::enqueue(one, m_stream); }, launch);
        });
    }

private:
    const int m_device;
    const cudaStream_t m_stream;
};

class CudaStartedSolve : public StartedSolve
{
public:
    CudaStartedSolve(int device, DeviceProblem problem, const SolveOptions &options, const std::byte *figures,
                     std::int64_t bytes)
        : m_device(device), m_problem(std::move(problem)), m_options(options), m_figures(figures), m_bytes(bytes)
    { }
    CudaStartedSolve(const CudaStartedSolve &) = delete;
    ~CudaStartedSolve() override
    {
        if (m_done)
            static_cast<void>(cudaEventDestroy(m_done));
    }

    Status mark(cudaStream_t stream)
    {
        return onDevice(m_device, "marking a place", [&] {
            const cudaError_t error = cudaEventCreateWithFlags(&m_done, cudaEventDisableTiming);
            return error == cudaSuccess ? cudaEventRecord(m_done, stream) : error;
        });
    }

    Result<DeviceFigures> read() override
    {
        std::vector<std::byte> memory(std::size_t(m_bytes), std::byte(0));
        const Status status = onDevice(m_device, "a kernel", [&] { return copy(memory); });
        if (!status)
            return fail(status.error());
        return warp::figuresOf(memory, m_problem, m_options);
    }

private:
    /// On a stream of its own: a copy on the default one would wait for whatever else the program does.
    cudaError_t copy(std::vector<std::byte> &to) const
    {
        cudaStream_t stream = nullptr;
        cudaError_t error = cudaEventSynchronize(m_done);
        if (error == cudaSuccess)
            error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
        if (error != cudaSuccess)
            return error;
        error = cudaMemcpyAsync(to.data(), m_figures, to.size(), cudaMemcpyDeviceToHost, stream);
        if (error == cudaSuccess)
            error = cudaStreamSynchronize(stream);
        static_cast<void>(cudaStreamDestroy(stream));
        return error;
    }

    const int m_device;
    const DeviceProblem m_problem;
    const SolveOptions m_options;
    const std::byte *const m_figures;
    const std::int64_t m_bytes;
    cudaEvent_t m_done = nullptr;
};

class CudaDeviceSolver : public DeviceSolver
{
public:
    explicit CudaDeviceSolver(int device) : m_device(device) { }

    std::string id() const override { return "cuda:" + std::to_string(m_device); }
    Status check(const DeviceProblem &problem, const SolveOptions &options) const override
    {
        return warp::checkDeviceSolve(id(), problem, options);
    }
    DeviceSpace space(const DeviceProblem &problem, const SolveOptions &options) const override
    {
        return warp::deviceSpace(problem, options);
    }
    Result<std::shared_ptr<std::byte>> take(std::int64_t bytes) override
    {
        void *memory = nullptr;
        const Status taken = onDevice(m_device, "taking memory",
                                      [&] { return bytes == 0 ? cudaSuccess : cudaMalloc(&memory, std::size_t(bytes)); });
        if (!taken)
            return fail(taken.error());
        return std::shared_ptr<std::byte>(static_cast<std::byte *>(memory), [device = m_device](std::byte *block) {
            static_cast<void>(onDevice(device, "freeing memory", [&] { return cudaFree(block); }));
        });
    }
    Result<std::unique_ptr<StartedSolve>> start(const DeviceProblem &problem, const SolveOptions &options,
                                                std::byte *scratch, std::byte *figures, std::uintptr_t stream) override
    {
        auto *const onStream = reinterpret_cast<cudaStream_t>(stream); // NOLINT(performance-no-int-to-ptr): the caller's
        StreamLauncher launcher(m_device, onStream);
        auto started = std::make_unique<CudaStartedSolve>(m_device, problem, options, figures,
                                                          warp::deviceSpace(problem, options).figures);
        Status status = warp::startDeviceSolve(launcher, problem, options, scratch, figures);
        if (status)
            status = started->mark(onStream);
        if (!status)
            return fail(status.error());
        return started;
    }

private:
    const int m_device;
};

} // namespace

Result<std::unique_ptr<DeviceSolver>> makeCudaDeviceSolver(int device)
{
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess)
        return cudaFailure(device, error, "looking for GPUs");
    if (device < 0 || device >= count)
        return cudaFailure(device, cudaErrorInvalidDevice, "choosing the GPU");
    int major = 0;
    int minor = 0;
    const Status asked = onDevice(device, "asking for its properties", [&] {
        const cudaError_t error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
        return error == cudaSuccess ? cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) : error;
    });
    if (!asked)
        return fail(asked.error());
    if (!warp::haveKernelsFor(major, minor))
        return cudaFailure(device, cudaErrorNoKernelImageForDevice, "choosing kernels");
    return std::make_unique<CudaDeviceSolver>(device);
}

} // namespace nms
