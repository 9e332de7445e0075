// SPDX-License-Identifier: Apache-2.0
// Several processes that do one job together, on one machine or on several that share a file system.
#pragma once

#include "core/base/result.h"

#include <stop_token>

namespace nms::jobs {

/// This process's place among the processes of a job. All of them run the same job with the same settings, and call the
/// functions that wait in the same order. Called on the job's thread.
class RankGroup
{
public:
    virtual ~RankGroup() = default;

    virtual int rank() const = 0; // 0 … size() − 1
    virtual int size() const = 0; // number of processes
    virtual int rankOnMachine() const = 0; // among the processes of this machine, from 0: selects a device

    bool isFirst() const { return rank() == 0; } // the process that writes the result

    /// Returns once every process has called it. Uses no processor time meanwhile. Cancelled if `stop` is requested: then
    /// this process must end, and with it the others.
    virtual Status waitForAll(const std::stop_token &stop) = 0;
};

} // namespace nms::jobs
