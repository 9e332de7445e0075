// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/queue.h"
#include "gpu/cuda/warp/live_exact_programs.h"
#include "gpu/cuda/warp/live_plan_programs.h"
#include "gpu/cuda/warp/stack_programs.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace nms::warp {
namespace {

template <int M, class Kind> void runGroups(const Kind &launch, int threads)
{
    parallelBlocks(groupsOf<M>(launch), 4, threads, {}, [&](std::int64_t begin, std::int64_t end) {
        WarpMemory memory(wordsOf<M, Kind>);
        for (std::int64_t group = begin; group < end; ++group) {
            memory.reset();
            runTiles<M>(memory, launch, group);
        }
    });
}

template <class Kind> Status runAll(const Kind &launch, int threads)
{
    try {
        switch (paddedSide(launch.problem.m)) {
        case 4:
            runGroups<4>(launch, threads);
            break;
        case 8:
            runGroups<8>(launch, threads);
            break;
        case 16:
            runGroups<16>(launch, threads);
            break;
        case 32:
            runGroups<32>(launch, threads);
            break;
        default:
            runGroups<64>(launch, threads);
        }
    } catch (const std::exception &error) { // out of memory or threads
        return fail(ErrorKind::Resource, "host-warp", error.what(), "close other programs");
    }
    return {};
}

template <class Kind> Status runAllRows(const Kind &launch, int threads)
{
    try {
        parallelBlocks(launch.warps, 4, threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t warp = begin; warp < end; ++warp)
                runStack(launch, warp);
        });
    } catch (const std::exception &error) { // out of threads
        return fail(ErrorKind::Resource, "host-warp", error.what(), "close other programs");
    }
    return {};
}

Status runAll(const PackLaunch &launch, int threads)
{
    return runAllRows(launch, threads);
}

Status runAll(const UnpackLaunch &launch, int threads)
{
    return runAllRows(launch, threads);
}

LiveSums total(const LiveSums *partial, std::int64_t count)
{
    LiveSums sums;
    for (const LiveSums *p = partial; p != partial + count; ++p) {
        sums.rowResidual = std::max(sums.rowResidual, p->rowResidual);
        sums.columnResidual = std::max(sums.columnResidual, p->columnResidual);
        sums.capacityResidual = std::max(sums.capacityResidual, p->capacityResidual);
        sums.residual += p->residual;
        sums.objective += p->objective;
        sums.upperBound += p->upperBound;
        sums.entropy += p->entropy;
        sums.fractional += p->fractional;
        sums.open += p->open;
        sums.running += p->running;
    }
    return sums;
}

/// Copies and launches are queued for a thread that executes them one by one, so that a missing wait shows up in tests
/// without a device.
class HostQueue : public Queue
{
public:
    HostQueue(int threads, std::int64_t memoryLimit) : m_threads(threads), m_bytesFree(memoryLimit) { }
    HostQueue(const HostQueue &) = delete;
    ~HostQueue() override
    {
        {
            const std::scoped_lock lock(m_mutex);
            m_ending = true;
        }
        m_changed.notify_all();
        if (m_worker.joinable())
            m_worker.join();
    }

    Result<void *> take(std::int64_t bytes) override
    {
        if (bytes > m_bytesFree)
            return noMemory(bytes);
        auto memory = allocateHost(bytes);
        if (memory && *memory) {
            m_sizes[*memory] = bytes;
            m_bytesFree -= bytes;
        }
        return memory;
    }
    void give(void *memory) noexcept override
    {
        static_cast<void>(finish());
        const auto size = m_sizes.find(memory);
        m_bytesFree += size->second;
        m_sizes.erase(size);
        std::free(memory);
    }
    std::int64_t bytesFree() override { return m_bytesFree; }
    Result<void *> allocateHost(std::int64_t bytes) override
    {
        if (bytes == 0)
            return nullptr;
        void *memory = std::malloc(std::size_t(bytes));
        if (!memory)
            return noMemory(bytes);
        return memory;
    }
    void freeHost(void *memory) noexcept override
    {
        static_cast<void>(finish());
        std::free(memory);
    }
    std::int64_t panelBytes() const override { return std::int64_t(8) << 20; }

    Status startUpload(void *to, const void *from, std::int64_t bytes) override { return startCopy(to, from, bytes); }
    Status startUpload(void *to, const WeightsView &from) override
    {
        return start([=]() -> Status {
            auto *at = static_cast<std::byte *>(to);
            for (std::int64_t row = 0; row < from.rows; ++row)
                at = std::ranges::copy(from.row(row), at).out;
            return {};
        });
    }
    Status startDownload(void *to, const void *from, std::int64_t bytes) override { return startCopy(to, from, bytes); }
    Status copy(void *to, const void *from, std::int64_t bytes) override { return startCopy(to, from, bytes); }
    Status clear(void *memory, std::int64_t bytes) override
    {
        return start([=]() -> Status {
            if (bytes > 0)
                std::memset(memory, 0, std::size_t(bytes));
            return {};
        });
    }
    Status run(const Launch &launch) override
    {
        return start([this, launch] {
            return std::visit(
                [this](const auto &one) {
                    const Status status = runAll(one, m_threads);
                    if constexpr (std::is_base_of_v<AdvanceLaunch, std::remove_cvref_t<decltype(one)>>)
                        *one.sums = total(one.partial, groupsOf(one.problem.m, one.tiles.count));
                    return status;
                },
                launch);
        });
    }

    Result<Mark> mark() override
    {
        const std::scoped_lock lock(m_mutex);
        return m_begun;
    }
    Status wait(Mark mark) override
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_done >= mark; });
        return m_status;
    }
    Status finish() override { return wait(*mark()); }
    double workAtOnce() const override { return 1e7; }

private:
    using Work = std::function<Status()>;

    static Unexpected<Error> noMemory(std::int64_t bytes)
    {
        return fail(ErrorKind::Resource, "host-warp", "no memory for " + std::to_string(bytes) + " bytes",
                    "solve a smaller tensor");
    }
    Status startCopy(void *to, const void *from, std::int64_t bytes)
    {
        return start([=]() -> Status {
            if (bytes > 0)
                std::memcpy(to, from, std::size_t(bytes));
            return {};
        });
    }
    Status start(Work work)
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_status)
            return m_status;
        try {
            if (!m_worker.joinable())
                m_worker = std::thread([this] { workThrough(); });
            m_waiting.push_back(std::move(work));
        } catch (const std::exception &error) { // out of memory or threads
            return fail(ErrorKind::Resource, "host-warp", error.what(), "close other programs");
        }
        ++m_begun;
        m_changed.notify_all();
        return {};
    }
    void workThrough()
    {
        std::unique_lock lock(m_mutex);
        while (true) {
            m_changed.wait(lock, [&] { return m_ending || !m_waiting.empty(); });
            if (m_waiting.empty())
                return;
            const Work work = std::move(m_waiting.front());
            m_waiting.pop_front();
            if (m_status) { // as on a device, nothing is executed after a failure
                lock.unlock();
                Status status = work();
                lock.lock();
                m_status = std::move(status);
            }
            ++m_done;
            m_changed.notify_all();
        }
    }

    const int m_threads;
    std::int64_t m_bytesFree;
    std::map<void *, std::int64_t> m_sizes;
    std::mutex m_mutex; // guards the members below
    std::condition_variable m_changed;
    std::deque<Work> m_waiting;
    Mark m_begun = 0;
    Mark m_done = 0;
    bool m_ending = false;
    Status m_status;
    std::thread m_worker;
};

} // namespace

std::unique_ptr<Queue> makeHostQueue(int threads, std::int64_t memoryLimit)
{
    return std::make_unique<HostQueue>(threads, memoryLimit);
}

} // namespace nms::warp
