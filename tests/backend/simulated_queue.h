// SPDX-License-Identifier: Apache-2.0
// Host queues that simulate devices which fail or run out of memory, and that report every call.
#pragma once

#include "gpu/cuda/fleet.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/queue.h"
#include "tests/support/host_shared_memory.h"

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::test {

constexpr int unlimited = std::numeric_limits<int>::max();
constexpr std::int64_t enough = std::numeric_limits<std::int64_t>::max() / 16;

/// The numbers of calls that a simulated device completes before it is lost, and its memory.
struct SimulatedDevice {
    std::int64_t memory = enough; // the device reports more than this as free (saysFree)
    int launches = unlimited;
    int uploads = unlimited;
    int downloads = unlimited;
    int waits = unlimited; // a failure on the device is reported by a later call
    std::optional<DeviceId> sharingId = std::nullopt;
    std::int64_t shared = enough; // bytes that it can share with other APIs
    ErrorKind noShare = ErrorKind::Resource; // the error when more is requested
    std::int64_t saysFree = std::int64_t(1) << 40;
    std::function<void(const std::string &call)> heard = [](const std::string &) {
    };
};

class SimulatedQueue : public warp::Queue
{
public:
    explicit SimulatedQueue(const SimulatedDevice &simulated)
        : m_left(simulated), m_queue(warp::makeHostQueue(1, simulated.memory))
    { }

    Result<void *> take(std::int64_t bytes) override { return m_queue->take(bytes); }
    void give(void *memory) noexcept override { m_queue->give(memory); }
    std::int64_t bytesFree() override { return m_left.saysFree; }
    std::optional<DeviceId> sharingId() const override { return m_left.sharingId; }
    Result<warp::SharedBlock> takeShared(std::int64_t bytes) override
    {
        m_left.heard("share");
        if (bytes > m_left.shared)
            return fail(m_left.noShare, "fake:0", "no room to share", "none");
        m_left.shared -= bytes;
        auto memory = std::make_shared<HostSharedMemory>(bytes, *m_left.sharingId);
        void *data = memory->data();
        return warp::SharedBlock{std::move(memory), data};
    }
    Result<void *> allocateHost(std::int64_t bytes) override { return m_queue->allocateHost(bytes); }
    void freeHost(void *memory) noexcept override { m_queue->freeHost(memory); }
    std::int64_t panelBytes() const override { return 30'000; }

    using warp::Queue::startUpload;
    Status startUpload(void *to, const void *from, std::int64_t bytes) override
    {
        return counted("upload", m_left.uploads, [&] { return m_queue->startUpload(to, from, bytes); });
    }
    Status startUpload(void *to, const WeightsView &from) override
    {
        if (m_left.uploads == 1 && from.rows > 1) { // the last upload copies half of its rows, then fails
            const Status half = m_queue->startUpload(to, from.rowsFrom(0, from.rows / 2));
            m_left.uploads = half ? 0 : m_left.uploads;
        }
        return counted("upload", m_left.uploads, [&] { return m_queue->startUpload(to, from); });
    }
    Status startDownload(void *to, const void *from, std::int64_t bytes) override
    {
        return counted("download", m_left.downloads, [&] { return m_queue->startDownload(to, from, bytes); });
    }
    Status copy(void *to, const void *from, std::int64_t bytes) override { return m_queue->copy(to, from, bytes); }
    Status clear(void *memory, std::int64_t bytes) override { return m_queue->clear(memory, bytes); }
    Status run(const warp::Launch &launch) override
    {
        return counted("launch", m_left.launches, [&] { return m_queue->run(launch); });
    }
    Result<Mark> mark() override
    {
        const Result<Mark> mark = m_queue->mark();
        if (mark)
            m_left.heard("mark " + std::to_string(*mark));
        return mark;
    }
    Status wait(Mark mark) override
    {
        return counted("wait " + std::to_string(mark), m_left.waits, [&] { return m_queue->wait(mark); });
    }
    Status finish() override { return m_queue->finish(); }
    double workAtOnce() const override { return m_queue->workAtOnce(); }

private:
    template <class F> Status counted(const std::string &call, int &left, F function)
    {
        m_left.heard(call);
        if (m_lost || left <= 0) {
            m_lost = true;
            return fail(ErrorKind::Device, "fake:0", "the device is lost", "none");
        }
        --left;
        return function();
    }

    SimulatedDevice m_left;
    bool m_lost = false;
    std::unique_ptr<warp::Queue> m_queue;
};

inline warp::MakeQueue simulatedQueues(const SimulatedDevice &simulated)
{
    return [simulated](int) -> Result<std::unique_ptr<warp::Queue>> {
        return std::make_unique<SimulatedQueue>(simulated);
    };
}

/// A device that cannot be opened.
inline warp::MakeQueue closed()
{
    return [](int) -> Result<std::unique_ptr<warp::Queue>> {
        return fail(ErrorKind::Device, "fake:1", "the driver says no", "none");
    };
}

} // namespace nms::test
