// SPDX-License-Identifier: Apache-2.0
// Where launches run: a stream of a CUDA device, or the host's lanes. The backend's own logic knows no more than this, so
// that all of it is tested without a GPU.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "gpu/cuda/launches.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace nms::warp {

using Launch =
    std::variant<ExactLaunch, GreedyLaunch, StandardLaunch, DykstraLaunch, CappedLaunch, AdvanceLaunch, CaptureLaunch>;

/// Work is done in the order given. One thread at a time, not always the same one. Memory is the queue's own: only
/// upload() and download() cross to the host's. Uploads and downloads are done when they return.
class Queue
{
public:
    virtual ~Queue() = default;

    /// Resource error where there is not so much; nothing for 0 bytes.
    virtual Result<void *> take(std::int64_t bytes) = 0;
    virtual void give(void *memory) noexcept = 0;
    virtual std::int64_t bytesFree() = 0;

    /// As large as a panel need be: larger ones only leave copying and solving less to overlap.
    virtual std::int64_t panelBytes() const = 0;

    virtual Status upload(void *to, const void *from, std::int64_t bytes) = 0;
    virtual Status uploadRows(float *to, Span2d<const float> from) = 0; // packed: stride = columns
    virtual Status download(void *to, const void *from, std::int64_t bytes) = 0;
    virtual Status clear(void *memory, std::int64_t bytes) = 0;

    virtual Status run(const Launch &launch) = 0;
    virtual Status finish() = 0; // waits for all of it

    /// Entries × iterations that one launch may take without making a stop wait for long.
    virtual double workAtOnce() const = 0;
};

using MakeQueue = std::function<Result<std::unique_ptr<Queue>>(int threads)>;

/// `count` values in a queue's memory. Give it back before the queue ends.
template <class T> class Buffer
{
public:
    Buffer() = default;
    static Result<Buffer> make(Queue &queue, std::int64_t count)
    {
        const Result<void *> memory = queue.take(count * std::int64_t(sizeof(T)));
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
        if (m_data)
            m_queue->give(m_data);
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

/// Runs on the CPU. `memoryLimit`: bytes that it pretends to have, for tests of matrices larger than a device.
std::unique_ptr<Queue> makeHostQueue(int threads, std::int64_t memoryLimit);

} // namespace nms::warp
