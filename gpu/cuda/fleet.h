// SPDX-License-Identifier: Apache-2.0
// The devices of a backend during a solve: their queues, their shares of the work, and what happens if one fails.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/panel_worker.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::warp {

/// A device and the function that opens a queue on it. The device is not accessed before the first queue is opened.
struct SolvingDevice {
    template <class F>
    SolvingDevice(F make_, int streams_ = 1, std::int64_t worthwhile_ = 0) // implicit
        : make(std::move(make_)), streams(streams_), worthwhile(worthwhile_)
    { }

    MakeQueue make;
    int streams = 1; // number of queues on the device: one copies while another solves
    std::int64_t worthwhile = 0; // used only for more bytes than this times the number of devices before it
};

using Warn = std::function<void(const std::string &message)>;

/// Queues are opened by the first job that needs them and kept, with their memory, for the following jobs. One thread at a
/// time.
class Fleet
{
public:
    Fleet(std::string id, const std::vector<SolvingDevice> &devices, const SolveOptions &options, Warn warn);

    /// Shares the panels of the job among the queues, each on its own thread. If a device fails, the others take over its
    /// panels, it is not used again, and `warn` gets a message. If none is left, the CPU continues. Device error if no
    /// device could be opened. An invalid score is not an error of the job, but of its matrix (JobMatrix::isInvalid).
    Status solve(BatchJob &job);

    /// Host memory of the kind that the first queue copies fastest.
    Result<HostMemory> allocateHost(std::int64_t bytes);

    /// Number of bytes of weights that keep all queues busy.
    std::int64_t bytesAtOnce();

private:
    struct Member {
        std::size_t device = 0;
        std::unique_ptr<Queue> queue; // null until needed
        std::unique_ptr<PanelWorker> worker; // must be destroyed before its queue
        std::optional<Error> failure; // in the current job
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
    std::vector<Member> m_members; // grouped by device
    std::vector<char> m_broken; // by device: it failed and is not used again
};

} // namespace nms::warp
