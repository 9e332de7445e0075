// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/session_run.h"
#include "core/session/snapshot_pool.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace nms {

/// Recomputes past iterations of a run with a live solve of its own, which stays where it was: going forward again is
/// cheap. One thread at a time; it does not touch the run's own solve.
class HistoryReplay
{
public:
    /// The state after `iteration`, or the nearest recorded one. `report` gets told the share of the way, in [0, 1], on this
    /// thread or on the backend's. Cancelled when the run has `ended`, or the request is `outdated` before it is answered;
    /// making the solve, which is there for the next request as well, is not ended by the latter.
    Result<std::shared_ptr<const Snapshot>> at(const std::shared_ptr<SessionRun> &run, int iteration,
                                               const TileRegion &region, const std::stop_token &ended,
                                               const std::stop_token &outdated, const std::function<void(double)> &report);

    /// Gives its memory back.
    void forget();

private:
    Status goTo(int iteration, const std::stop_token &stop, const std::function<void(double)> &report);

    std::shared_ptr<SessionRun> m_run;
    std::unique_ptr<LiveSolve> m_live; // null: nothing to go on from
    bool m_mustRestore = false; // its iteration 0 is not the run's
    SnapshotPool m_pool;
};

} // namespace nms
