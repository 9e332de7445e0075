// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/session_run.h"
#include "core/session/snapshot_pool.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace nms {

/// Recomputes past iterations of a run with a live solve of its own. That solve stays at the iteration requested last, so a
/// later iteration is cheap to reach. One thread at a time; the run's own solve is not touched.
class HistoryReplay
{
public:
    /// The state after `iteration`, or after the nearest recorded one. `report` is called with the fraction done, in [0, 1],
    /// on this thread or on the backend's. Cancelled when the run has `ended`, or when the request is `outdated` before it
    /// is answered. `outdated` does not stop the creation of the solve, since the next request needs the solve as well.
    Result<std::shared_ptr<const Snapshot>> at(const std::shared_ptr<SessionRun> &run, int iteration,
                                               const TileRegion &region, const std::stop_token &ended,
                                               const std::stop_token &outdated, const std::function<void(double)> &report);

    /// Frees the solve and its memory.
    void forget();

private:
    Status goTo(int iteration, const std::stop_token &stop, const std::function<void(double)> &report);

    std::shared_ptr<SessionRun> m_run;
    std::unique_ptr<LiveSolve> m_live; // null: not made yet, or dropped
    bool m_mustRestore = false; // m_live's iteration 0 is not the run's (warm start): restore a key frame first
    SnapshotPool m_pool;
};

} // namespace nms
