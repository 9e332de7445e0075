// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/jobs/rank_group.h"

#include <memory>

namespace nms {

/// Ranks that were started together by `mpirun`.
class LaunchedRanks : public jobs::RankGroup
{
public:
    /// Ends this process's part of the job. Without it, the launcher takes the end of this process for a failure and ends
    /// the others, as is right after an error.
    virtual void leave() = 0;
};

/// Null if this process was not started by an MPI launcher, or is its only one. Device error if it was, but this build has
/// no MPI, or MPI does not start.
Result<std::unique_ptr<LaunchedRanks>> joinLaunchedRanks();

/// Whether this build can be started by mpirun: for --version.
bool hasMpi();

} // namespace nms
