// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/history_replay.h"
#include "core/session/session_board.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace nms {

/// Answers requests for past iterations on a thread of its own, the newest first and only: one that has not begun when the
/// next arrives is dropped, one that has begun is shown (or a quick hand would never see anything).
class HistoryThread
{
public:
    explicit HistoryThread(SessionBoard &board);
    ~HistoryThread();

    void request(int iteration, TileRegion region); // of the board's present run; nothing without one
    void forget(); // a new run has begun: requests and memory of the old one go
    bool waitUntilAnswered(std::chrono::steady_clock::time_point deadline) const;

private:
    struct Request {
        std::shared_ptr<SessionRun> run;
        int iteration = 0;
        TileRegion region;
    };
    void loop(const std::stop_token &stop);
    void answer(const Request &request, const std::stop_token &stop);

    SessionBoard &m_board;
    HistoryReplay m_replay; // of the thread alone
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    mutable std::condition_variable m_answered;
    std::optional<Request> m_next;
    bool m_forget = false;
    bool m_busy = false;
    std::stop_source m_answering; // of the request under way
    std::jthread m_thread; // last: it uses what stands above
};

} // namespace nms
