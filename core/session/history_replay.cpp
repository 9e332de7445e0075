// SPDX-License-Identifier: Apache-2.0
#include "core/session/history_replay.h"

#include <algorithm>

namespace nms {

Result<std::shared_ptr<const Snapshot>> HistoryReplay::at(const std::shared_ptr<SessionRun> &run, int iteration,
                                                          const TileRegion &region, const std::stop_token &stop)
{
    if (run != m_run)
        forget();
    if (!m_live) {
        Result<std::unique_ptr<LiveSolve>> live = run->startReplay({stop, {}});
        if (!live)
            return fail(live.error());
        m_run = run;
        m_live = std::move(*live);
        m_mustRestore = run->options.warmStart.has_value();
    }
    if (const Status there = goTo(std::clamp(iteration, 0, run->history.info().lastIteration), stop); !there) {
        m_live.reset(); // whatever state it is in
        return fail(there.error());
    }
    const std::shared_ptr<Snapshot> snapshot = m_pool.take();
    if (const Status captured = m_live->capture(region, *snapshot); !captured)
        return fail(captured.error());
    if (const auto stats = run->history.statsAt(snapshot->iteration))
        snapshot->stats = *stats;
    return snapshot;
}

Status HistoryReplay::goTo(int iteration, const std::stop_token &stop)
{
    const std::shared_ptr<const KeyFrame> keyFrame = m_run->history.keyFrameAtOrBefore(iteration);
    if (keyFrame && (m_mustRestore || m_live->iteration() > iteration || m_live->iteration() < keyFrame->iteration)) {
        if (Status restored = m_live->restore(*keyFrame); !restored)
            return restored;
        m_mustRestore = false;
    }
    std::vector<IterationStats> repeated;
    while (m_live->iteration() < iteration) {
        const int before = m_live->iteration();
        repeated.clear();
        if (Status advanced = m_live->advance(iteration - before, stop, repeated); !advanced)
            return advanced;
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, "history", "stopped on the way to iteration " + std::to_string(iteration));
        if (m_live->iteration() == before)
            return fail(ErrorKind::Internal, m_run->backend->id(),
                        "iteration " + std::to_string(before + 1) + " cannot be repeated", "please report this as a bug");
    }
    return {};
}

void HistoryReplay::forget()
{
    m_live.reset();
    m_run.reset();
    m_pool = {};
}

} // namespace nms
