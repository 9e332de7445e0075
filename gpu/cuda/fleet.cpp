// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/fleet.h"
#include "core/solver/tile_loop.h"

#include "core/solver/cpu_backend.h"
#include "gpu/cuda/solve_launch.h"

#include <algorithm>
#include <system_error>
#include <thread>

namespace nms::warp {
namespace {

/// True for errors of the device or its memory, which other devices may not have. Any other error is due to the input or a
/// stop request.
bool isDeviceError(const Error &error)
{
    return error.kind == ErrorKind::Device || error.kind == ErrorKind::Resource;
}

} // namespace

Fleet::Fleet(std::string id, const std::vector<SolvingDevice> &devices, const SolveOptions &options, Warn warn)
    : m_id(std::move(id)), m_devices(devices), m_options(options), m_warn(std::move(warn)), m_broken(devices.size())
{
    for (std::size_t device = 0; device < devices.size(); ++device)
        for (int stream = 0; stream < devices[device].streams; ++stream)
            m_members.emplace_back().device = device;
}

Status Fleet::open(Member &member)
{
    if (member.queue)
        return {};
    auto queue = m_devices[member.device].make(m_options.threads);
    if (!queue)
        return fail(queue.error());
    member.queue = std::move(*queue);
    member.worker = std::make_unique<PanelWorker>(*member.queue, m_devices[member.device].streams, m_options);
    return {};
}

/// The members that take part in the job: those that work, and for which the job is large enough.
std::vector<Fleet::Member *> Fleet::membersFor(const BatchJob &job)
{
    const std::int64_t bytes = job.bytes();
    std::vector<Member *> members;
    std::int64_t devicesBefore = -1;
    std::size_t last = m_devices.size();
    for (Member &member : m_members) {
        if (m_broken[member.device] || member.failure)
            continue;
        if (member.device != last)
            ++devicesBefore;
        last = member.device;
        if (devicesBefore == 0 || devicesBefore * m_devices[member.device].worthwhile < bytes)
            members.push_back(&member);
    }
    return members;
}

void Fleet::work(Member &member, BatchJob &job)
{
    const Status status = withMemoryErrors(m_id, smallerPanels, [&]() -> Status {
        const Status opened = open(member);
        return opened ? member.worker->run(job) : opened;
    });
    if (status)
        return;
    if (!isDeviceError(status.error()))
        job.pool->close();
    member.failure = status.error();
}

void Fleet::workTogether(const std::vector<Member *> &members, BatchJob &job)
{
    job.workers = int(members.size());
    std::vector<std::thread> threads;
    try {
        for (std::size_t k = 1; k < members.size(); ++k)
            threads.emplace_back([this, &job, member = members[k]] { work(*member, job); });
    } catch (const std::system_error &) { // no more threads: the existing ones do the work
    }
    work(*members.front(), job);
    for (std::thread &thread : threads)
        thread.join();
}

Status Fleet::solve(BatchJob &job)
{
    for (Member &member : m_members)
        member.failure.reset();
    std::vector<Error> lost; // one for each device that broke in this job
    std::optional<Error> full;
    while (!job.pool->empty()) { // repeated if a panel was put back after the others had finished
        const std::vector<Member *> members = membersFor(job);
        if (members.empty())
            break;
        workTogether(members, job);
        for (const Member *member : members) {
            if (!member->failure)
                continue;
            if (!isDeviceError(*member->failure))
                return fail(*member->failure);
            if (member->failure->kind == ErrorKind::Resource)
                full = member->failure;
            else if (!std::exchange(m_broken[member->device], 1))
                lost.push_back(*member->failure);
        }
    }
    if (job.isRefused())
        return {};
    const bool done = job.pool->empty();
    if (!done && std::ranges::none_of(m_members, [](const Member &member) { return bool(member.queue); }))
        return fail(lost.empty() ? *full : lost.front());
    if (!done && full && std::ranges::none_of(m_broken, [](char broken) { return broken; }))
        return fail(*full);
    for (const Error &error : lost)
        m_warn(error.line() + (done || &error != &lost.back() ? "; the other devices go on" : "; the CPU continues alone"));
    return done ? Status() : finishOnCpu(job);
}

Status Fleet::finishOnCpu(BatchJob &job)
{
    constexpr std::int64_t tileRows = 64;
    const auto cpu = makeCpuBackend();
    const auto solver = cpu->startWeights(m_options);
    if (!solver)
        return fail(solver.error());
    Progress quiet;
    quiet.stop = job.progress.stop;
    const auto solveRows = [&](const Segment &segment) -> Status {
        JobMatrix &matrix = segment.matrix;
        if (matrix.isInvalid())
            return {};
        const WeightsView rows = matrix.weights.rowsFrom(segment.row, segment.rows);
        const Result<Solution> part =
            job.magnitudes ? (*solver)->solve(rows, quiet) : cpu->solve(rows.floats(), m_options, quiet);
        if (!part && part.error().kind == ErrorKind::Input) {
            matrix.failure = part.error();
            return {};
        }
        if (!part)
            return fail(part.error());
        matrix.solution.mask.assignRows(segment.row, part->mask);
        std::ranges::copy(part->tiles, matrix.solution.tiles.begin() + segment.firstTile());
        job.meter->add(std::int64_t(part->tiles.size()));
        return {};
    };
    for (Panel panel = job.pool->take(tileRows); !panel.empty(); panel = job.pool->take(tileRows))
        if (const Status solved = job.eachSegment(panel, solveRows); !solved)
            return solved;
    return {};
}

/// The first queue that can be opened; null if none can.
Queue *Fleet::firstQueue()
{
    for (Member &member : m_members)
        if (!m_broken[member.device] && open(member))
            return member.queue.get();
    return nullptr;
}

Result<HostMemory> Fleet::allocateHost(std::int64_t bytes)
{
    Queue *queue = firstQueue();
    if (queue == nullptr)
        return fail(ErrorKind::Device, m_id, "no device is left", "use the cpu backend");
    const Result<void *> memory = queue->allocateHost(bytes);
    if (!memory)
        return fail(memory.error());
    return HostMemory(static_cast<std::byte *>(*memory), [queue](std::byte *taken) { queue->freeHost(taken); });
}

std::int64_t Fleet::bytesAtOnce()
{
    // More only delays: while these are solved the next ones are read, and nothing is solved before the first are there.
    const Queue *queue = firstQueue();
    return queue == nullptr ? 0 : queue->panelBytes() * std::int64_t(m_members.size()) / 2;
}

} // namespace nms::warp
