// SPDX-License-Identifier: Apache-2.0
// Where launches run: a stream of a CUDA device, or host lanes. The backend's own logic depends only on this interface, so
// that all of it is tested without a GPU.
#pragma once

#include "core/base/device_matrix.h"
#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "gpu/cuda/launches.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace nms::warp {

using Launch = std::variant<ExactLaunch, ExactResumeLaunch, GreedyLaunch, StandardLaunch, DykstraLaunch, CappedLaunch,
                            DykstraAdvanceLaunch, CappedAdvanceLaunch, ExactAdvanceLaunch, PlanCaptureLaunch,
                            ExactCaptureLaunch, PackLaunch, UnpackLaunch>;

/// Device memory that another API can open. It may outlive the queue.
struct SharedBlock {
    std::shared_ptr<const SharedMemory> memory;
    void *data = nullptr; // for launches and copies
};

/// Executes launches asynchronously, in the order given: a call only enqueues. An error is returned by the call itself or by
/// any later one. One thread at a time, not necessarily the same one.
class Launcher
{
public:
    virtual ~Launcher() = default;

    virtual Status clear(void *memory, std::int64_t bytes) = 0;
    virtual Status run(const Launch &launch) = 0;
};

/// A launcher with memory of its own, copies and waiting: functions that start a copy or a launch only enqueue it, and their
/// arguments must stay alive and unchanged until a later mark has been waited for. The destructor waits for all work.
class Queue : public Launcher
{
public:
    /// A position in the order of work.
    using Mark = std::int64_t;

    /// Allocates device memory; the host accesses it only through copies. Resource error if there is not enough; null for 0
    /// bytes.
    virtual Result<void *> take(std::int64_t bytes) = 0;
    virtual void give(void *memory) noexcept = 0; // frees it after all enqueued work
    virtual std::int64_t bytesFree() = 0;

    /// The device's id if another API can open its memory; none if not.
    virtual std::optional<DeviceId> sharingId() const { return std::nullopt; }
    /// Allocates at least the given number of bytes. Resource error if there is not enough, Unsupported if sharing turns out
    /// to be impossible.
    virtual Result<SharedBlock> takeShared(std::int64_t)
    {
        return fail(ErrorKind::Unsupported, "shared memory", "there is none on this device", "");
    }

    /// Host memory from and to which copies are fastest, for all queues of this kind.
    virtual Result<void *> allocateHost(std::int64_t bytes) = 0;
    virtual void freeHost(void *memory) noexcept = 0; // also after all enqueued work

    /// Useful size of a panel: with larger ones, less copying and solving overlaps.
    virtual std::int64_t panelBytes() const = 0;

    virtual Status startUpload(void *to, const void *from, std::int64_t bytes) = 0;
    virtual Status startUpload(void *to, const WeightsView &from) = 0; // packed on the device: stride = columns
    virtual Status startDownload(void *to, const void *from, std::int64_t bytes) = 0;
    virtual Status copy(void *to, const void *from, std::int64_t bytes) = 0; // within device memory

    /// Marks the position after all work enqueued so far.
    virtual Result<Mark> mark() = 0;
    virtual Status wait(Mark mark) = 0;
    virtual Status finish() = 0; // waits for all work

    /// Maximum entries × iterations of one launch, so that a stop does not have to wait for long.
    virtual double workAtOnce() const = 0;

    // Synchronous: done when they return.
    Status upload(void *to, const void *from, std::int64_t bytes) { return finishAfter(startUpload(to, from, bytes)); }
    Status uploadRows(float *to, Span2d<const float> from) { return finishAfter(startUpload(to, WeightsView(from))); }
    Status download(void *to, const void *from, std::int64_t bytes) { return finishAfter(startDownload(to, from, bytes)); }

private:
    Status finishAfter(const Status &started) { return started ? finish() : started; }
};

using MakeQueue = std::function<Result<std::unique_ptr<Queue>>(int threads)>;

enum class Place { Device, Host };

/// `count` values in a queue's memory. Must be freed before the queue is destroyed.
template <class T, Place place = Place::Device> class Buffer
{
public:
    Buffer() = default;
    static Result<Buffer> make(Queue &queue, std::int64_t count)
    {
        const std::int64_t bytes = count * std::int64_t(sizeof(T));
        const Result<void *> memory = place == Place::Device ? queue.take(bytes) : queue.allocateHost(bytes);
        if (!memory)
            return fail(memory.error());
        Buffer buffer;
        buffer.m_queue = &queue;
        buffer.m_data = static_cast<T *>(*memory);
        buffer.m_count = count;
        return buffer;
    }
    Buffer(Buffer &&other) noexcept { *this = std::move(other); }
    Buffer &operator=(Buffer &&other) noexcept
    {
        std::swap(m_queue, other.m_queue);
        std::swap(m_data, other.m_data);
        std::swap(m_count, other.m_count);
        return *this;
    }
    ~Buffer()
    {
        if (m_data && place == Place::Device)
            m_queue->give(m_data);
        else if (m_data)
            m_queue->freeHost(m_data);
    }

    T *data() const { return m_data; }
    std::int64_t count() const { return m_count; }
    std::int64_t bytes() const { return m_count * std::int64_t(sizeof(T)); }

    Status upload(const T *from) { return m_queue->upload(m_data, from, bytes()); }
    Status download(T *to) const { return m_queue->download(to, m_data, bytes()); }
    Status clear() { return m_queue->clear(m_data, bytes()); }

private:
    Queue *m_queue = nullptr;
    T *m_data = nullptr;
    std::int64_t m_count = 0;
};
template <class T> using HostBuffer = Buffer<T, Place::Host>;

} // namespace nms::warp
