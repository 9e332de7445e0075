// SPDX-License-Identifier: Apache-2.0
// Requests for the values of attached tensors: made on any thread, sent and answered on that of the connection.
#pragma once

#include "core/io/attached_tensors.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace nms {

/// Of one connection, on whose thread it is made. Shared by the connection and the sources that read from it; those may
/// outlive it, and get an error then.
class TensorRequests
{
public:
    using Answer = Result<std::shared_ptr<const TensorBytes>>;
    /// Hands a request to the connection's thread; returns at once.
    using Send = std::function<void(int id, std::size_t tensor)>;

    explicit TensorRequests(Send send);

    /// Waits for the values. Cancelled when stopped; Io error when the connection is lost. Any thread but the connection's.
    Answer fetch(std::size_t tensor, const std::stop_token &stop);

    // On the thread of the connection
    void answer(int id, Answer answer); // ignored if nobody waits any more
    void close(const Error &error); // for those who wait and those who come
    bool isWaitedFor() const;

private:
    const std::thread::id m_thread = std::this_thread::get_id();
    mutable std::mutex m_mutex;
    std::condition_variable_any m_answered;
    Send m_send; // empty: closed
    std::optional<Error> m_closed;
    std::map<int, std::optional<Answer>> m_waiting;
    int m_lastId = 0;
};

} // namespace nms
