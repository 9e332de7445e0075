// SPDX-License-Identifier: Apache-2.0
#include "core/session/history_replay.h"

#include <algorithm>

namespace nms {

Result<std::shared_ptr<const Snapshot>> HistoryReplay::at(const std::shared_ptr<SessionRun> &run, int iteration,
                                                          const TileRegion &region, const std::stop_token &ended,
                                                          const std::stop_token &outdated,
                                                          const std::function<void(double)> &report)
{
    if (run != m_run)
        forget();
    if (!m_live) {
        Result<std::unique_ptr<LiveSolve>> live = run->startReplay({ended, {}});
        if (!live)
            return fail(live.error());
        m_run = run;
        m_live = std::move(*live);
        m_mustRestore = run->options.warmStart.has_value();
    }
    if (const Status there = goTo(std::clamp(iteration, 0, run->history.info().lastIteration), outdated, report); !there) {
        if (there.error().kind != ErrorKind::Cancelled)
            m_live.reset(); // after an error its state is unknown
        return fail(there.error());
    }
    const std::shared_ptr<Snapshot> snapshot = m_pool.take();
    if (const Status captured = m_live->capture(region, *snapshot); !captured)
        return fail(captured.error());
    if (const auto stats = run->history.statsAt(snapshot->iteration))
        snapshot->stats = *stats;
    return snapshot;
}

Status HistoryReplay::goTo(int iteration, const std::stop_token &stop, const std::function<void(double)> &report)
{
    constexpr int atOnce = 8; // iterations between two reports
    const auto stopped = [iteration] {
        return fail(ErrorKind::Cancelled, "history", "stopped on the way to iteration " + std::to_string(iteration));
    };
    if (stop.stop_requested())
        return stopped();
    const std::shared_ptr<const KeyFrame> keyFrame = m_run->history.keyFrameAtOrBefore(iteration);
    const int there = m_live->iteration() + m_live->underWay(); // where it will be after finishing an interrupted iteration
    if (keyFrame && (m_mustRestore || there > iteration || m_live->iteration() < keyFrame->iteration)) {
        if (Status restored = m_live->restore(*keyFrame); !restored)
            return restored;
        m_mustRestore = false;
    }
    std::vector<IterationStats> repeated;
    const int from = m_live->iteration();
    while (m_live->iteration() < iteration || m_live->underWay() > 0) {
        const int before = m_live->iteration();
        repeated.clear();
        const int more = std::clamp(iteration - before - m_live->underWay(), 0, atOnce);
        if (Status advanced = m_live->advance(more, stop, repeated); !advanced)
            return advanced;
        if (stop.stop_requested())
            return stopped();
        if (m_live->iteration() == before)
            return fail(ErrorKind::Internal, m_run->backend->id(),
                        "iteration " + std::to_string(before + 1) + " cannot be repeated", "please report this as a bug");
        report(double(m_live->iteration() - from) / (iteration - from));
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
