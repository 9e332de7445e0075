// SPDX-License-Identifier: Apache-2.0
// The devices of a backend while it solves: their queues, what each has of a job, and who goes on when one fails.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/panel_worker.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::warp {

/// A device and how to open a queue there. Nothing of it is touched before the first.
struct SolvingDevice {
    template <class F>
    SolvingDevice(F make_, int streams_ = 1, std::int64_t worthwhile_ = 0) // as makers are written
        : make(std::move(make_)), streams(streams_), worthwhile(worthwhile_)
    { }

    MakeQueue make;
    int streams = 1; // queues that share it: one copies while another solves
    std::int64_t worthwhile = 0; // bytes of weights for each device before it, below which it is left alone
};

using Warn = std::function<void(const std::string &message)>;

/// Queues are opened by the first job that needs them and kept, with their memory, for the following ones. One thread at a
/// time.
class Fleet
{
public:
    Fleet(std::string id, const std::vector<SolvingDevice> &devices, const SolveOptions &options, Warn warn);

    /// Shares the panels of the job among the queues, each on a thread of its own. A device that fails leaves its panels to
    /// the others, and is left alone from then on; `warn` gets a message. When none is left the CPU goes on. Device error
    /// where none could be opened.
    Status solve(BatchJob &job);

    /// Memory of the host as the first queue likes it.
    Result<HostMemory> takeOfHost(std::int64_t bytes);

    /// Bytes of weights that keep all queues busy.
    std::int64_t bytesAtOnce();

private:
    struct Member {
        std::size_t device = 0;
        std::unique_ptr<Queue> queue; // once it was needed
        std::unique_ptr<PanelWorker> worker; // ends before its queue
        std::optional<Error> failure; // in this job
    };

    Status open(Member &member);
    std::vector<Member *> membersFor(const BatchJob &job);
    void work(Member &member, BatchJob &job);
    void workTogether(const std::vector<Member *> &members, BatchJob &job);
    Queue *firstQueue();
    Status finishOnCpu(BatchJob &job);

    const std::string m_id;
    const std::vector<SolvingDevice> &m_devices;
    const SolveOptions m_options;
    const Warn m_warn;
    std::vector<Member> m_members; // those of a device side by side
    std::vector<char> m_broken; // by device: it failed, and would again
};

} // namespace nms::warp
