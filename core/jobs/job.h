// SPDX-License-Identifier: Apache-2.0
// What all jobs share: how they tell of themselves, how they are stopped, where exceptions end.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace nms::jobs {

/// What a job tells while it runs, beside the counts of its Progress. Each may be empty; called on the job's thread.
struct Events {
    std::function<void(const std::string &path)> tensor; // work on this one begins
    std::function<void(const std::string &text)> warning; // before the work, of what may go wrong in it
};

/// The error of everything that a stop ended.
Error cancelled();

/// The counts of one job for its host: `report(done, total)` with a total that stays, and `done` that never falls, one call
/// at a time whatever thread a step reports from. A step is one tensor, or one mask. Begins with report(0, total).
class JobProgress
{
public:
    JobProgress(const Progress &host, std::int64_t total);
    JobProgress(const JobProgress &) = delete;
    JobProgress &operator=(const JobProgress &) = delete;

    const std::stop_token &stop() const { return m_host.stop; }

    /// For what the step under way calls; counts from 0. Must not outlive this object.
    Progress step();
    /// The step did that many units; the next one begins. On the job's thread.
    void endStep(std::int64_t units);

private:
    void tell(std::int64_t done);

    const Progress &m_host;
    const std::int64_t m_total;
    std::int64_t m_before = 0; // of the steps that have ended
    std::mutex m_mutex;
    std::int64_t m_told = -1;
};

/// What the exception being handled says; call it in a catch block. "out of memory" and a limit on threads are Resource
/// errors, anything else is a bug.
Error errorOfException();

/// The result of `work`, with an exception made an error: no exception leaves a job.
template <class Work> auto guarded(Work &&work) -> decltype(work())
{
    try {
        return std::forward<Work>(work)();
    } catch (...) {
        return fail(errorOfException());
    }
}

} // namespace nms::jobs
