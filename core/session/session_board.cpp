// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_board.h"

#include <algorithm>
#include <utility>

namespace nms {

void SessionBoard::setListener(std::function<void()> listener)
{
    const std::scoped_lock lock(m_listenerMutex);
    m_listener = std::move(listener);
}

void SessionBoard::publish(SessionView view)
{
    exchange(m_session, view);
}

void SessionBoard::publish(HistoryView view)
{
    exchange(m_history, view);
}

template <class View> void SessionBoard::exchange(View &shown, View &next)
{
    {
        const std::scoped_lock lock(m_mutex);
        std::swap(shown, next); // the caller frees the old view, outside the lock
    }
    tell();
}

void SessionBoard::publishStarting(double share)
{
    {
        const std::scoped_lock lock(m_mutex);
        std::optional<double> &starting = m_session.status.starting;
        if (!starting)
            return;
        starting = std::max(*starting, share); // reports may arrive out of order
    }
    tell();
}

void SessionBoard::publishRefining(const std::shared_ptr<SessionRun> &run, double share)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_history.run != run || !m_history.refining)
            return;
        m_history.refining = share;
    }
    tell();
}

void SessionBoard::tell()
{
    const std::scoped_lock lock(m_listenerMutex);
    if (m_listener)
        m_listener();
}

SessionView SessionBoard::session() const
{
    const std::scoped_lock lock(m_mutex);
    return m_session;
}

HistoryView SessionBoard::history() const
{
    const std::scoped_lock lock(m_mutex);
    return m_history.run == m_session.run ? m_history : HistoryView{};
}

} // namespace nms
