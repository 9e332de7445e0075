// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_queue.h"

#include "gpu/cuda/kernels.h"

#include <algorithm>

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

class CudaQueue : public Queue
{
public:
    explicit CudaQueue(int device) : m_device(device) { }
    CudaQueue(const CudaQueue &) = delete;
    ~CudaQueue() override
    {
        if (cudaSetDevice(m_device) != cudaSuccess)
            return;
        for (int half = 0; half < 2; ++half) {
            if (m_stageFree[half])
                cudaEventDestroy(m_stageFree[half]);
            if (m_stage[half])
                cudaFreeHost(m_stage[half]);
        }
        if (m_stream)
            cudaStreamDestroy(m_stream);
    }

    Status open()
    {
        return call("opening a stream", [&] { return cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking); });
    }

    Result<void *> take(std::int64_t bytes) override
    {
        void *memory = nullptr;
        if (bytes == 0)
            return memory;
        const Status status =
            call("taking " + std::to_string(bytes) + " bytes", [&] { return cudaMalloc(&memory, std::size_t(bytes)); });
        if (!status)
            return fail(status.error());
        return memory;
    }
    void give(void *memory) noexcept override
    {
        if (cudaSetDevice(m_device) == cudaSuccess)
            cudaFree(memory);
    }
    std::int64_t bytesFree() override
    {
        std::size_t free = 0;
        std::size_t total = 0;
        if (cudaSetDevice(m_device) != cudaSuccess || cudaMemGetInfo(&free, &total) != cudaSuccess)
            return 0;
        return std::int64_t(free);
    }

    std::int64_t panelBytes() const override { return std::int64_t(64) << 20; }

    Status upload(void *to, const void *from, std::int64_t bytes) override
    {
        return copy("an upload", to, from, bytes, cudaMemcpyHostToDevice);
    }
    /// Through pinned memory by halves: the copy into one overlaps the transfer of the other. Copying from the caller's
    /// pages would hold up other streams.
    Status uploadRows(float *to, Span2d<const float> from) override
    {
        if (from.empty())
            return {};
        if (const Status status = openStage(); !status)
            return status;
        const std::int64_t rowBytes = from.cols * std::int64_t(sizeof(float));
        if (rowBytes > stageBytes)
            return uploadPages(to, from);
        const std::int64_t rowsAtOnce = stageBytes / rowBytes;
        int half = 0;
        for (std::int64_t row = 0; row < from.rows; row += rowsAtOnce, half = 1 - half) {
            const std::int64_t rows = std::min(rowsAtOnce, from.rows - row);
            Status status = call("waiting for an upload", [&] { return cudaEventSynchronize(m_stageFree[half]); });
            if (!status)
                return status;
            auto *stage = static_cast<float *>(m_stage[half]);
            for (std::int64_t k = 0; k < rows; ++k)
                std::copy_n(from.row(row + k).data(), from.cols, stage + k * from.cols);
            status = call("the upload of the scores", [&] {
                const cudaError_t error = cudaMemcpyAsync(to + row * from.cols, stage, std::size_t(rows * rowBytes),
                                                          cudaMemcpyHostToDevice, m_stream);
                return error == cudaSuccess ? cudaEventRecord(m_stageFree[half], m_stream) : error;
            });
            if (!status)
                return status;
        }
        return finish();
    }
    Status download(void *to, const void *from, std::int64_t bytes) override
    {
        return copy("a download", to, from, bytes, cudaMemcpyDeviceToHost);
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
    Status finish() override
    {
        return call("a kernel", [&] { return cudaStreamSynchronize(m_stream); });
    }

    double workAtOnce() const override { return double(std::int64_t(1) << 34); }

private:
    /// Every call to the runtime: on our device, and checked.
    template <class F> Status call(const std::string &what, F function)
    {
        cudaError_t error = cudaSetDevice(m_device); // belongs to the calling thread, and that may change
        if (error == cudaSuccess)
            error = function();
        if (error == cudaSuccess)
            return {};
        static_cast<void>(cudaGetLastError()); // or the next launch would report it again
        return cudaFailure(m_device, error, what);
    }
    Status uploadPages(float *to, Span2d<const float> from)
    {
        const std::size_t width = std::size_t(from.cols) * sizeof(float);
        const Status status = call("the upload of the scores", [&] {
            return cudaMemcpy2DAsync(to, width, from.data, std::size_t(from.stride) * sizeof(float), width,
                                     std::size_t(from.rows), cudaMemcpyHostToDevice, m_stream);
        });
        return status ? finish() : status;
    }
    Status openStage()
    {
        Status status;
        for (int half = 0; half < 2 && status; ++half) {
            if (!m_stage[half])
                status = call("taking pinned memory", [&] { return cudaMallocHost(&m_stage[half], stageBytes); });
            if (status && !m_stageFree[half])
                status = call("making an event",
                              [&] { return cudaEventCreateWithFlags(&m_stageFree[half], cudaEventDisableTiming); });
        }
        return status;
    }
    Status copy(const char *what, void *to, const void *from, std::int64_t bytes, cudaMemcpyKind kind)
    {
        if (bytes == 0)
            return {};
        const Status status = call(what, [&] { return cudaMemcpyAsync(to, from, std::size_t(bytes), kind, m_stream); });
        return status ? finish() : status;
    }

    static constexpr std::int64_t stageBytes = std::int64_t(8) << 20;

    int m_device;
    void *m_stage[2] = {};
    cudaEvent_t m_stageFree[2] = {};
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

Result<std::unique_ptr<Queue>> makeCudaQueue(int device)
{
    auto queue = std::make_unique<CudaQueue>(device);
    if (const Status status = queue->open(); !status)
        return fail(status.error());
    return queue;
}

} // namespace nms::warp
