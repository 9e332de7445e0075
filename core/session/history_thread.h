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

/// Answers requests for past iterations; the newest one counts. One thread recomputes the iteration that was asked for.
/// Where that takes longer than an eye waits, another one shows the nearest key frame meanwhile, and a request that has
/// become outdated is given up; before, one that has begun is finished and shown (or a quick hand would never see anything).
class HistoryThread
{
public:
    explicit HistoryThread(SessionBoard &board);
    ~HistoryThread();

    void request(int iteration, TileRegion region); // of the board's present run; nothing without one
    void forget(); // a new run has begun: requests and memory of the old one go
    bool waitUntilAnswered(std::chrono::steady_clock::time_point deadline) const;

private:
    using Clock = std::chrono::steady_clock;
    struct Request {
        std::shared_ptr<SessionRun> run;
        int iteration = 0;
        TileRegion region;
        std::uint64_t number = 0;
    };
    void refine(const std::stop_token &stop); // the threads' loops
    void glance(const std::stop_token &stop);
    bool isSettled() const; // m_mutex is held
    HistoryView answerTo(const Request &request, const std::stop_token &ended, const std::stop_token &outdated);
    void showKeyFrame(const Request &request);

    SessionBoard &m_board;
    HistoryReplay m_replay; // of the refining thread
    SnapshotPool m_glances; // of the other one
    std::mutex m_publishing; // held while it is decided who may publish, and done; taken before m_mutex
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_changed;
    std::optional<Request> m_newest; // until it is answered
    std::uint64_t m_number = 0; // of the newest request ever
    std::uint64_t m_seen = 0; // the newest one of which something has been shown
    Clock::time_point m_waitingSince; // when the first request after that one came
    std::uint64_t m_refining = 0; // number of the one under way; 0: none
    bool m_forget = false;
    bool m_glancing = false;
    std::stop_source m_ended; // of the request under way: its run is over
    std::stop_source m_outdated; // another one is wanted
    std::jthread m_refiner; // last: they use what stands above
    std::jthread m_glancer;
};

} // namespace nms
