// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/history_replay.h"
#include "core/session/session_board.h"
#include "core/session/snapshot_pool.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace nms {

/// Answers requests for past iterations; a newer request replaces an older one. One thread ("refiner") recomputes the
/// requested iteration. If that takes longer than 25 ms, a second thread ("preview") shows the nearest key frame meanwhile,
/// and from then on an outdated request is abandoned. If the last answer took longer, the preview comes first. Before that,
/// a request under way is finished and shown even if a newer one has arrived; otherwise fast scrubbing would never show
/// anything.
class HistoryThread
{
public:
    explicit HistoryThread(SessionBoard &board);
    ~HistoryThread();

    void request(int iteration, TileRegion region); // of the board's current run; does nothing if there is no run
    void forget(); // a new run has begun: drops the requests and the memory of the old one
    bool waitUntilAnswered(std::chrono::steady_clock::time_point deadline) const;

private:
    using Clock = std::chrono::steady_clock;
    struct Request {
        std::shared_ptr<SessionRun> run;
        int iteration = 0;
        TileRegion region;
        std::uint64_t number = 0;
    };
    void refine(const std::stop_token &stop); // this and showNearestKeyFrame(): the loops of the two threads
    void showNearestKeyFrame(const std::stop_token &stop);
    bool isSettled() const; // requires m_mutex
    HistoryView answerTo(const Request &request, const std::stop_token &ended, const std::stop_token &outdated);
    void showKeyFrame(const Request &request);

    SessionBoard &m_board;
    HistoryReplay m_replay; // of the refining thread
    SnapshotPool m_previews; // of the preview thread
    std::mutex m_publishing; // held while deciding which thread may publish, and while publishing; locked before m_mutex
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_changed;
    std::optional<Request> m_newest; // the newest request, until it is answered
    std::uint64_t m_number = 0; // of the newest request ever
    std::uint64_t m_seen = 0; // number of the newest request for which something has been shown
    Clock::time_point m_waitingSince; // arrival of the first request after m_seen
    std::uint64_t m_refining = 0; // number of the request being recomputed; 0: none
    bool m_forget = false;
    bool m_isSlow = false; // the last answer took longer than the preview waits
    bool m_isPreviewing = false;
    std::stop_source m_ended; // stops the request under way because its run is over
    std::stop_source m_outdated; // stops the request under way because a newer one has arrived
    std::jthread m_refiner; // the threads come last: they use the members above
    std::jthread m_previewThread;
};

} // namespace nms
