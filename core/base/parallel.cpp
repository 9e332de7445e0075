// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#ifdef NMS_HAVE_TBB
#include <pthread.h>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#endif

namespace nms {

int hardwareThreads()
{
#ifdef NMS_HAVE_TBB
    return std::max(1, tbb::this_task_arena::max_concurrency()); // honours cpusets, unlike hardware_concurrency
#else
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#endif
}

namespace {

#ifdef NMS_HAVE_TBB
/// False in a forked child: TBB counts on workers there that did not come along.
bool tbbServes()
{
    static std::atomic<bool> forked = false;
    static const int watched = pthread_atfork(nullptr, nullptr, [] { forked = true; });
    return watched == 0 && !forked;
}
#endif

#ifdef NMS_HAVE_TBB
/// Without it workers end with the last thread that called a loop, and new ones share its processor for milliseconds.
void keepWorkers()
{
    // Never released: in a forked child there are no workers to wait for.
    alignas(tbb::task_scheduler_handle) static std::byte place[sizeof(tbb::task_scheduler_handle)];
    [[maybe_unused]] static const auto *const handle = new (place) tbb::task_scheduler_handle(tbb::attach{});
}
#endif

/// By threads of its own; this one is one of them.
template <class RunBlock>
void dealBlocks(std::int64_t blocks, int threads, std::atomic<bool> &stopped, const RunBlock &runBlock)
{
    std::atomic<std::int64_t> next = 0;
    std::exception_ptr failure;
    std::mutex failureMutex;
    // Blocks are handed out without memory ordering between them: memory that two blocks both touch is then a race that
    // ThreadSanitizer reports whenever they ran on different threads.
    const auto deal = [&next] {
        return next.fetch_add(1, std::memory_order_relaxed);
    };
    const auto work = [&] {
        try {
            for (std::int64_t block = deal(); block < blocks && !stopped.load(std::memory_order_relaxed); block = deal())
                runBlock(block);
        } catch (...) {
            const std::scoped_lock lock(failureMutex);
            failure = std::current_exception();
            stopped = true;
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 1; i < threads; ++i)
            workers.emplace_back(work);
        work();
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace

bool parallelBlocks(std::int64_t count, std::int64_t grain, int threads, const std::stop_token &stop,
                    const std::function<void(std::int64_t, std::int64_t)> &body)
{
    grain = std::max<std::int64_t>(1, grain);
    if (count <= 0)
        return !stop.stop_requested();
    const std::int64_t blocks = (count + grain - 1) / grain;
    std::atomic<bool> stopped = false;
    const auto runBlock = [&](std::int64_t block) {
        if (stopped.load(std::memory_order_relaxed) || stop.stop_requested()) {
            stopped.store(true, std::memory_order_relaxed);
            return;
        }
        body(block * grain, std::min(count, (block + 1) * grain));
    };
    const int wanted = threads > 0 ? threads : hardwareThreads();
    if (wanted == 1 || blocks == 1) {
        for (std::int64_t block = 0; block < blocks && !stopped; ++block)
            runBlock(block);
        return !stopped;
    }
#ifdef NMS_HAVE_TBB
    if (tbbServes()) {
        keepWorkers();
        tbb::task_arena arena(std::min(wanted, hardwareThreads())); // of more, TBB only warns
        arena.execute([&] {
            tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, blocks, 1), [&](const auto &range) {
                for (std::int64_t block = range.begin(); block != range.end(); ++block)
                    runBlock(block);
            });
        });
        return !stopped;
    }
#endif
    dealBlocks(blocks, wanted, stopped, runBlock);
    return !stopped;
}

} // namespace nms
