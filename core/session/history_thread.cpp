// SPDX-License-Identifier: Apache-2.0
#include "core/session/history_thread.h"

#include "core/base/exceptions.h"

#include <utility>

namespace nms {

namespace {

constexpr std::chrono::milliseconds patience{25}; // an answer that takes longer is slow

Error fromException(int iteration)
{
    return errorFromException("history, iteration " + std::to_string(iteration),
                              "limit the history, or close other programs");
}

} // namespace

HistoryThread::HistoryThread(SessionBoard &board)
    : m_board(board), m_refiner([this](const std::stop_token &stop) { refine(stop); }),
      m_previewThread([this](const std::stop_token &stop) { showNearestKeyFrame(stop); })
{ }

HistoryThread::~HistoryThread()
{
    m_refiner.request_stop();
    m_previewThread.request_stop();
    forget();
    m_refiner.join();
    m_previewThread.join();
}

void HistoryThread::request(int iteration, TileRegion region)
{
    std::shared_ptr<SessionRun> run = m_board.session().run;
    if (!run)
        return;
    std::optional<Request> next = Request{std::move(run), iteration, region, 0};
    {
        const std::scoped_lock lock(m_mutex);
        if (m_seen == m_number)
            m_waitingSince = Clock::now();
        next->number = ++m_number;
        m_newest.swap(next);
    }
    m_changed.notify_all();
}

void HistoryThread::forget()
{
    std::optional<Request> none;
    {
        const std::scoped_lock lock(m_mutex);
        m_newest.swap(none);
        m_seen = m_number;
        m_forget = true;
        m_ended.request_stop();
        m_outdated.request_stop();
    }
    m_changed.notify_all();
}

bool HistoryThread::isSettled() const
{
    return !m_newest && !m_forget && m_refining == 0 && !m_isPreviewing;
}

bool HistoryThread::waitUntilAnswered(std::chrono::steady_clock::time_point deadline) const
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_until(lock, deadline, [this] { return isSettled(); });
}

void HistoryThread::refine(const std::stop_token &stop)
{
    while (!stop.stop_requested()) {
        std::optional<Request> request;
        std::stop_token ended, outdated;
        bool forget = false;
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return m_newest || m_forget; }))
                return;
            // If answers are slow, the key frame first, with all cores: both at once would make both late.
            const auto isPreviewMissing = [this] {
                return m_isSlow && m_newest && m_newest->run->reader && m_seen < m_newest->number;
            };
            if (!m_forget && !m_changed.wait(lock, stop, [&] { return m_forget || !isPreviewMissing(); }))
                return;
            forget = std::exchange(m_forget, false);
            request = m_newest;
            m_ended = {};
            m_outdated = {};
            ended = m_ended.get_token();
            outdated = m_outdated.get_token();
            m_refining = request ? request->number : 0;
        }
        if (forget)
            m_replay.forget();
        if (request) {
            const auto begun = Clock::now();
            HistoryView view = answerTo(*request, ended, outdated);
            const bool isAnswered = !view.error;
            const bool tookLong = Clock::now() - begun > patience;
            const std::scoped_lock publishing(m_publishing);
            bool isWanted = false;
            {
                const std::scoped_lock lock(m_mutex);
                if (isAnswered || tookLong)
                    m_isSlow = tookLong;
                const bool isNewest = m_newest && m_newest->number == request->number;
                if (isNewest && !ended.stop_requested())
                    m_newest.reset();
                // An abandoned request has no answer, and an older state must not replace a newer one on display.
                isWanted = !ended.stop_requested() && (isNewest || !outdated.stop_requested()) && request->number >= m_seen;
                if (isWanted)
                    m_seen = request->number;
            }
            if (isWanted)
                m_board.publish(std::move(view));
        }
        {
            const std::scoped_lock lock(m_mutex);
            m_refining = 0;
        }
        m_changed.notify_all();
    }
}

HistoryView HistoryThread::answerTo(const Request &request, const std::stop_token &ended, const std::stop_token &outdated)
{
    HistoryView view{request.run, nullptr, std::nullopt, std::nullopt};
    auto next = Clock::now();
    const auto report = [&](double share) {
        constexpr std::chrono::milliseconds pause{50};
        if (Clock::now() < next)
            return;
        next = Clock::now() + pause;
        m_board.publishRefining(request.run, share);
    };
    try {
        if (auto snapshot = m_replay.at(request.run, request.iteration, request.region, ended, outdated, report))
            view.snapshot = std::move(*snapshot);
        else
            view.error = HistoryError{snapshot.error(), request.iteration};
    } catch (...) {
        m_replay.forget();
        view.error = HistoryError{fromException(request.iteration), request.iteration};
    }
    if (view.error)
        view.snapshot = m_board.history().snapshot; // keep showing the previous snapshot
    return view;
}

void HistoryThread::showNearestKeyFrame(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    const auto isWaiting = [this] {
        return m_newest && m_newest->number > m_seen && m_newest->run->reader;
    };
    while (m_changed.wait(lock, stop, isWaiting) && !stop.stop_requested()) {
        if (!m_isSlow)
            m_changed.wait_until(lock, stop, m_waitingSince + patience, [&] { return !isWaiting(); });
        if (!isWaiting())
            continue;
        const Request request = *m_newest; // may be newer than the one waited for
        if (m_refining != 0 && m_refining != request.number)
            m_outdated.request_stop();
        m_isPreviewing = true;
        lock.unlock();
        showKeyFrame(request);
        lock.lock();
        m_isPreviewing = false;
        m_seen = std::max(m_seen, request.number);
        m_changed.notify_all();
    }
}

void HistoryThread::showKeyFrame(const Request &request)
{
    HistoryView view{request.run, nullptr, std::nullopt, 0.0};
    try {
        const std::shared_ptr<const KeyFrame> frame = request.run->history.nearestKeyFrame(request.iteration);
        const std::shared_ptr<Snapshot> snapshot = m_previews.take();
        if (!frame || !request.run->reader->capture(*frame, request.region, *snapshot))
            return; // the refining thread reports the error with the exact answer
        if (const auto stats = request.run->history.statsAt(snapshot->iteration))
            snapshot->stats = *stats;
        view.snapshot = snapshot;
    } catch (...) {
        return; // likewise
    }
    const std::scoped_lock publishing(m_publishing);
    {
        const std::scoped_lock lock(m_mutex);
        if (request.number <= m_seen || m_forget)
            return;
        m_seen = request.number;
    }
    m_board.publish(std::move(view));
}

} // namespace nms
