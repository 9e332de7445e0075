// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_queue.h"

#include "core/base/parallel.h"
#include "gpu/cuda/cuda_shared.h"
#include "gpu/cuda/kernels.h"

#include <algorithm>
#include <array>
#include <exception>

namespace nms::warp {
namespace {

std::string remedyFor(cudaError_t error)
{
    switch (error) {
    case cudaErrorInsufficientDriver:
        return "install an NVIDIA driver for CUDA " + std::to_string(CUDART_VERSION / 1000) + " or later";
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
        return "check with nvidia-smi which GPUs there are, or use the cpu backend";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorUnsupportedPtxVersion:
        return "this build has no code for this GPU: configure with -DCMAKE_CUDA_ARCHITECTURES=native and build again";
    case cudaErrorLaunchTimeout:
        return "the GPU also drives a screen and took too long: solve a smaller tensor or use the cpu backend";
    default:
        return "look at nvidia-smi and the system's log, start the program again, or use the cpu backend";
    }
}

/// Copies bytes [begin, end) of the packed rows.
void copyPacked(const WeightsView &from, std::int64_t begin, std::int64_t end, std::byte *to)
{
    const std::int64_t rowBytes = from.rowBytes();
    for (std::int64_t at = begin; at < end;) {
        const std::int64_t within = at % rowBytes;
        const std::int64_t count = std::min(rowBytes - within, end - at);
        std::copy_n(from.row(at / rowBytes).data() + within, count, to);
        to += count;
        at += count;
    }
}

/// A queue on a CUDA stream. Rows are copied to the device either directly from pinned memory, or through a ring of pinned
/// staging buffers that several threads fill: one core copies more slowly than the link.
class CudaQueue : public Queue
{
public:
    CudaQueue(int device, int threads)
        : m_device(device), m_threads(std::min(mostCopiers, threads > 0 ? threads : hardwareThreads()))
    { }
    CudaQueue(const CudaQueue &) = delete;
    ~CudaQueue() override
    {
        if (cudaSetDevice(m_device) != cudaSuccess)
            return;
        if (m_stream)
            cudaStreamSynchronize(m_stream);
        for (Stage &stage : m_stages) {
            if (stage.free)
                cudaEventDestroy(stage.free);
            if (stage.memory)
                cudaFreeHost(stage.memory);
        }
        for (cudaEvent_t event : m_marks)
            if (event)
                cudaEventDestroy(event);
        if (m_stream)
            cudaStreamDestroy(m_stream);
    }

    Status open()
    {
        Status status =
            call("opening a stream", [&] { return cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking); });
        for (cudaEvent_t &event : m_marks)
            if (status)
                status = call("making an event", [&] { return makeEvent(event); });
        return status;
    }

    Result<void *> take(std::int64_t bytes) override
    {
        return memoryBy(bytes, [](void **memory, std::size_t size) { return cudaMalloc(memory, size); });
    }
    void give(void *memory) noexcept override
    {
        if (cudaSetDevice(m_device) == cudaSuccess)
            cudaFree(memory); // waits for the device
    }
    std::int64_t bytesFree() override
    {
        std::size_t free = 0;
        std::size_t total = 0;
        if (cudaSetDevice(m_device) != cudaSuccess || cudaMemGetInfo(&free, &total) != cudaSuccess)
            return 0;
        return std::int64_t(free);
    }
    std::optional<DeviceId> sharingId() const override { return sharedCudaId(m_device); }
    Result<SharedBlock> takeShared(std::int64_t bytes) override { return takeSharedCuda(m_device, bytes); }
    Result<void *> allocateHost(std::int64_t bytes) override
    {
        return memoryBy(bytes,
                        [](void **memory, std::size_t size) { return cudaHostAlloc(memory, size, cudaHostAllocPortable); });
    }
    void freeHost(void *memory) noexcept override
    {
        if (cudaSetDevice(m_device) == cudaSuccess)
            cudaFreeHost(memory); // also waits
    }

    /// Takes 0.6 ms over PCI Express 5 × 16, a hundred times the cost of a launch.
    std::int64_t panelBytes() const override { return std::int64_t(32) << 20; }

    Status startUpload(void *to, const void *from, std::int64_t bytes) override
    {
        return startCopy("an upload", to, from, bytes, cudaMemcpyHostToDevice);
    }
    Status startUpload(void *to, const WeightsView &from) override
    {
        if (from.empty())
            return {};
        if (isPinned(from.row(0).data()) && isPinned(&from.row(from.rows - 1).back()))
            return uploadPinned(to, from);
        const std::int64_t bytes = from.rows * from.rowBytes();
        for (std::int64_t begin = 0; begin < bytes; begin += stageBytes)
            if (const Status status =
                    uploadStaged(static_cast<std::byte *>(to) + begin, from, begin, std::min(begin + stageBytes, bytes));
                !status)
                return status;
        return {};
    }
    Status startDownload(void *to, const void *from, std::int64_t bytes) override
    {
        return startCopy("a download", to, from, bytes, cudaMemcpyDeviceToHost);
    }
    Status copy(void *to, const void *from, std::int64_t bytes) override
    {
        return startCopy("a copy", to, from, bytes, cudaMemcpyDeviceToDevice);
    }
    Status clear(void *memory, std::int64_t bytes) override
    {
        if (bytes == 0)
            return {};
        return call("clearing memory", [&] { return cudaMemsetAsync(memory, 0, std::size_t(bytes), m_stream); });
    }
    Status run(const Launch &launch) override
    {
        return call("a kernel's launch",
                    [&] { return std::visit([this](const auto &one) { return enqueue(one, m_stream); }, launch); });
    }

    Result<Mark> mark() override
    {
        const Status status =
            call("marking a place", [&] { return cudaEventRecord(m_marks[m_marked % m_marks.size()], m_stream); });
        if (!status)
            return fail(status.error());
        return Mark(m_marked++);
    }
    /// If the event has been recorded again since, this waits for the later place.
    Status wait(Mark mark) override
    {
        return call("a kernel", [&] { return cudaEventSynchronize(m_marks[std::size_t(mark) % m_marks.size()]); });
    }
    Status finish() override
    {
        return call("a kernel", [&] { return cudaStreamSynchronize(m_stream); });
    }

    double workAtOnce() const override { return double(std::int64_t(1) << 34); }

private:
    struct Stage {
        void *memory = nullptr;
        cudaEvent_t free = nullptr;
    };

    /// A thread that waits for the event sleeps, so that the copying threads can use the processors.
    static cudaError_t makeEvent(cudaEvent_t &event)
    {
        return cudaEventCreateWithFlags(&event, cudaEventDisableTiming | cudaEventBlockingSync);
    }
    /// Makes a call to the runtime on our device, and checks its result.
    template <class F> Status call(const std::string &what, F function)
    {
        cudaError_t error = cudaSetDevice(m_device); // the current device is per thread, which may change
        if (error == cudaSuccess)
            error = function();
        if (error == cudaSuccess)
            return {};
        static_cast<void>(cudaGetLastError()); // clears the error, or the next launch would report it again
        return cudaFailure(m_device, error, what);
    }
    template <class F> Result<void *> memoryBy(std::int64_t bytes, F function)
    {
        void *memory = nullptr;
        if (bytes == 0)
            return memory;
        const Status status =
            call("taking " + std::to_string(bytes) + " bytes", [&] { return function(&memory, std::size_t(bytes)); });
        if (!status)
            return fail(status.error());
        return memory;
    }
    static bool isPinned(const void *memory)
    {
        cudaPointerAttributes attributes{};
        const cudaError_t error = cudaPointerGetAttributes(&attributes, memory);
        static_cast<void>(cudaGetLastError());
        return error == cudaSuccess && attributes.type == cudaMemoryTypeHost;
    }
    Status uploadPinned(void *to, const WeightsView &from)
    {
        const auto width = std::size_t(from.rowBytes());
        const auto rows = std::size_t(from.rows);
        return call("the upload of the weights", [&] {
            return from.stride == from.cols ? cudaMemcpyAsync(to, from.data, rows * width, cudaMemcpyHostToDevice, m_stream)
                                            : cudaMemcpy2DAsync(to, width, from.data, std::size_t(from.strideBytes()), width,
                                                                rows, cudaMemcpyHostToDevice, m_stream);
        });
    }
    Status openStage(Stage &stage)
    {
        Status status;
        if (!stage.memory)
            status =
                call("taking pinned memory", [&] { return cudaHostAlloc(&stage.memory, stageBytes, cudaHostAllocDefault); });
        if (status && !stage.free)
            status = call("making an event", [&] { return makeEvent(stage.free); });
        return status;
    }
    Status uploadStaged(std::byte *to, const WeightsView &from, std::int64_t begin, std::int64_t end)
    {
        Stage &stage = m_stages[m_stage];
        m_stage = (m_stage + 1) % m_stages.size();
        Status status = openStage(stage);
        if (status)
            status = call("waiting for an upload", [&] { return cudaEventSynchronize(stage.free); });
        if (!status)
            return status;
        auto *memory = static_cast<std::byte *>(stage.memory);
        const auto copyPart = [&](std::int64_t first, std::int64_t last) {
            copyPacked(from, begin + first, begin + last, memory + first);
        };
        try {
            parallelBlocks(end - begin, copyGrain, m_threads, {}, copyPart);
        } catch (const std::exception &) { // no more threads available
            copyPart(0, end - begin);
        }
        return call("the upload of the weights", [&] {
            const cudaError_t error =
                cudaMemcpyAsync(to, memory, std::size_t(end - begin), cudaMemcpyHostToDevice, m_stream);
            return error == cudaSuccess ? cudaEventRecord(stage.free, m_stream) : error;
        });
    }
    Status startCopy(const char *what, void *to, const void *from, std::int64_t bytes, cudaMemcpyKind kind)
    {
        if (bytes == 0)
            return {};
        return call(what, [&] { return cudaMemcpyAsync(to, from, std::size_t(bytes), kind, m_stream); });
    }

    static constexpr int mostCopiers = 4; // for each of two streams; together above 50 GB/s where one core copies 7
    static constexpr std::int64_t copyGrain = std::int64_t(512) << 10;
    static constexpr std::int64_t stageBytes = std::int64_t(4) << 20;

    const int m_device;
    const int m_threads;
    std::array<Stage, 4> m_stages;
    std::size_t m_stage = 0; // the one that has been busy the longest
    std::array<cudaEvent_t, 16> m_marks{};
    std::size_t m_marked = 0;
    cudaStream_t m_stream = nullptr;
};

} // namespace

Unexpected<Error> cudaFailure(int device, cudaError_t error, const std::string &what)
{
    const std::string where = "cuda:" + std::to_string(device);
    if (error == cudaErrorMemoryAllocation)
        return fail(ErrorKind::Resource, where, what + " failed: the device's memory is full",
                    "end other programs on the GPU, or use the cpu backend");
    return fail(ErrorKind::Device, where, what + " failed: " + cudaGetErrorString(error), remedyFor(error));
}

Result<std::unique_ptr<Queue>> makeCudaQueue(int device, int threads)
{
    auto queue = std::make_unique<CudaQueue>(device, threads);
    if (const Status status = queue->open(); !status)
        return fail(status.error());
    return queue;
}

} // namespace nms::warp
