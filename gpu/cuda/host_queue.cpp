// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.h"
#include "gpu/cuda/queue.h"
#include "gpu/cuda/warp/live_programs.h"
#include "gpu/cuda/warp/mask_programs.h"

#include <cstdlib>
#include <cstring>
#include <map>

namespace nms::warp {
namespace {

template <int M, class Kind> void runGroups(const Kind &launch, int threads)
{
    parallelBlocks(groupsOf(launch.problem.m, launch.tiles.count), 4, threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
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
    } catch (const std::exception &error) { // memory or threads of the system
        return fail(ErrorKind::Resource, "host-warp", error.what(), "close other programs");
    }
    return {};
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

class HostQueue : public Queue
{
public:
    HostQueue(int threads, std::int64_t memoryLimit) : m_threads(threads), m_bytesFree(memoryLimit) { }

    Result<void *> take(std::int64_t bytes) override
    {
        if (bytes == 0)
            return nullptr;
        void *memory = bytes <= m_bytesFree ? std::malloc(std::size_t(bytes)) : nullptr;
        if (!memory)
            return fail(ErrorKind::Resource, "host-warp", "no memory for " + std::to_string(bytes) + " bytes",
                        "solve a smaller tensor");
        m_sizes[memory] = bytes;
        m_bytesFree -= bytes;
        return memory;
    }
    void give(void *memory) noexcept override
    {
        const auto size = m_sizes.find(memory);
        m_bytesFree += size->second;
        m_sizes.erase(size);
        std::free(memory);
    }
    std::int64_t bytesFree() override { return m_bytesFree; }
    std::int64_t panelBytes() const override { return m_bytesFree; }

    Status upload(void *to, const void *from, std::int64_t bytes) override { return copy(to, from, bytes); }
    Status uploadRows(float *to, Span2d<const float> from) override
    {
        for (std::int64_t row = 0; row < from.rows; ++row)
            std::copy_n(from.row(row).data(), from.cols, to + row * from.cols);
        return {};
    }
    Status download(void *to, const void *from, std::int64_t bytes) override { return copy(to, from, bytes); }
    Status clear(void *memory, std::int64_t bytes) override
    {
        if (bytes > 0)
            std::memset(memory, 0, std::size_t(bytes));
        return {};
    }

    Status run(const Launch &launch) override
    {
        const Status status = std::visit([this](const auto &one) { return runAll(one, m_threads); }, launch);
        if (const auto *advance = std::get_if<AdvanceLaunch>(&launch); status && advance)
            *advance->sums = total(advance->partial, groupsOf(advance->problem.m, advance->tiles.count));
        return status;
    }
    Status finish() override { return {}; }
    double workAtOnce() const override { return 1e7; }

private:
    static Status copy(void *to, const void *from, std::int64_t bytes)
    {
        if (bytes > 0)
            std::memcpy(to, from, std::size_t(bytes));
        return {};
    }
    int m_threads;
    std::int64_t m_bytesFree;
    std::map<void *, std::int64_t> m_sizes;
};

} // namespace

std::unique_ptr<Queue> makeHostQueue(int threads, std::int64_t memoryLimit)
{
    return std::make_unique<HostQueue>(threads, memoryLimit);
}

} // namespace nms::warp
