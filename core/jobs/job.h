// SPDX-License-Identifier: Apache-2.0
// What all jobs share: reporting of events and progress, stop requests, and conversion of exceptions to errors.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace nms::jobs {

/// What a job reports while it runs, in addition to the counts of its Progress. Each function may be empty; called on the
/// job's thread.
struct Events {
    std::function<void(const std::string &path)> tensor; // work on this tensor begins
    std::function<void(const std::string &text)> warning; // before the work: what may go wrong
};

/// The error returned after a stop request.
Error cancelled();

/// The counts of one job for its caller: `report(done, total)` with a constant total, and `done` that never decreases; calls
/// never overlap, whatever thread a step reports from. A step is one tensor, or one mask. Begins with report(0, total).
class JobProgress
{
public:
    JobProgress(const Progress &host, std::int64_t total);
    JobProgress(const JobProgress &) = delete;
    JobProgress &operator=(const JobProgress &) = delete;

    const std::stop_token &stop() const { return m_host.stop; }

    /// Progress for the function that does the current step; it counts from 0. Must not outlive this object.
    Progress step();
    /// Ends the current step, which did this number of units. On the job's thread.
    void endStep(std::int64_t units);

private:
    void tell(std::int64_t done);

    const Progress &m_host;
    const std::int64_t m_total;
    std::int64_t m_before = 0; // units of finished steps
    std::mutex m_mutex;
    std::int64_t m_told = -1;
};

/// Describes the exception being handled; call it in a catch block. Out of memory and a limit on threads are Resource
/// errors, anything else is a bug.
Error errorOfException();

/// Calls `work` and turns an exception into an error, so that none leaves a job.
template <class Work> auto guarded(Work &&work) -> decltype(work())
{
    try {
        return std::forward<Work>(work)();
    } catch (...) {
        return fail(errorOfException());
    }
}

} // namespace nms::jobs
