// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/tensor_requests.h"

#include <utility>

namespace nms {

TensorRequests::TensorRequests(Send send) : m_send(std::move(send)) { }

TensorRequests::Answer TensorRequests::fetch(std::size_t tensor, const std::stop_token &stop)
{
    if (std::this_thread::get_id() == m_thread)
        return fail(ErrorKind::Internal, {}, "an attached tensor is read on the thread of its connection");
    std::unique_lock lock(m_mutex);
    if (m_closed)
        return fail(*m_closed);
    const int id = ++m_lastId;
    m_waiting.emplace(id, std::nullopt);
    m_send(id, tensor); // under the lock: close() must not come between
    const bool isAnswered = m_answered.wait(lock, stop, [&] { return m_closed || m_waiting.at(id); });
    std::optional<Answer> answer = std::move(m_waiting.at(id));
    m_waiting.erase(id);
    if (answer)
        return *std::move(answer);
    if (isAnswered)
        return fail(*m_closed);
    return fail(ErrorKind::Cancelled, {}, "reading was cancelled");
}

void TensorRequests::answer(int id, Answer answer)
{
    const std::lock_guard lock(m_mutex);
    const auto waiting = m_waiting.find(id);
    if (waiting == m_waiting.end())
        return;
    waiting->second = std::move(answer);
    m_answered.notify_all();
}

void TensorRequests::close(const Error &error)
{
    const std::lock_guard lock(m_mutex);
    m_send = {};
    m_closed = error;
    m_answered.notify_all();
}

bool TensorRequests::isWaitedFor() const
{
    const std::lock_guard lock(m_mutex);
    return !m_waiting.empty();
}

} // namespace nms
