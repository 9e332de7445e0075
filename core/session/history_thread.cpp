// SPDX-License-Identifier: Apache-2.0
#include "core/session/history_thread.h"

#include "core/base/exceptions.h"

#include <utility>

namespace nms {

HistoryThread::HistoryThread(SessionBoard &board)
    : m_board(board), m_thread([this](const std::stop_token &stop) { loop(stop); })
{ }

HistoryThread::~HistoryThread()
{
    m_thread.request_stop();
    forget();
    m_thread.join();
}

void HistoryThread::request(int iteration, TileRegion region)
{
    std::shared_ptr<SessionRun> run = m_board.session().run;
    if (!run)
        return;
    std::optional<Request> next = Request{std::move(run), iteration, region};
    {
        const std::scoped_lock lock(m_mutex);
        m_next.swap(next);
    }
    m_wake.notify_one();
}

void HistoryThread::forget()
{
    std::optional<Request> none;
    std::stop_source answering;
    {
        const std::scoped_lock lock(m_mutex);
        m_next.swap(none);
        m_forget = true;
        answering = m_answering;
    }
    answering.request_stop();
    m_wake.notify_one();
}

bool HistoryThread::waitUntilAnswered(std::chrono::steady_clock::time_point deadline) const
{
    std::unique_lock lock(m_mutex);
    return m_answered.wait_until(lock, deadline, [this] { return !m_next && !m_forget && !m_busy; });
}

void HistoryThread::loop(const std::stop_token &stop)
{
    while (!stop.stop_requested()) {
        std::optional<Request> request;
        std::stop_token answering;
        bool forget = false;
        {
            std::unique_lock lock(m_mutex);
            m_busy = false;
            m_answered.notify_all();
            if (!m_wake.wait(lock, stop, [this] { return m_next || m_forget; }))
                return;
            request.swap(m_next);
            forget = std::exchange(m_forget, false);
            m_answering = {};
            answering = m_answering.get_token();
            m_busy = true;
        }
        if (forget)
            m_replay.forget();
        if (request)
            answer(*request, answering);
    }
}

void HistoryThread::answer(const Request &request, const std::stop_token &stop)
{
    HistoryView view{request.run, nullptr, std::nullopt};
    try {
        if (auto snapshot = m_replay.at(request.run, request.iteration, request.region, stop))
            view.snapshot = std::move(*snapshot);
        else
            view.error = HistoryError{snapshot.error(), request.iteration};
    } catch (...) {
        m_replay.forget();
        view.error = HistoryError{errorFromException("history, iteration " + std::to_string(request.iteration),
                                                     "limit the history, or close other programs"),
                                  request.iteration};
    }
    if (stop.stop_requested())
        return; // the run is over, nobody waits for this
    if (view.error)
        view.snapshot = m_board.history().snapshot; // what was shown stays
    m_board.publish(std::move(view));
}

} // namespace nms
