// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QObject>
#include <QThreadPool>

#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms {

/// Runs jobs on one background thread and delivers their results on the GUI thread. start() replaces all running and waiting
/// jobs (the newest request wins); enqueue() appends a job to the queue. Results of a replaced or cancelled job are dropped.
/// To be used on the GUI thread only; the destructor cancels and waits, so a job must check its stop token every few
/// milliseconds.
class BackgroundTask : public QObject
{
    Q_OBJECT
public:
    using Delivery = std::function<void()>; // called on the GUI thread
    struct Context {
        std::stop_token stop;
        std::function<void(Delivery)> post; // delivers partial results before the end; any thread may call it
    };
    using Work = std::function<Delivery(const Context &)>;

    /// `onFailure` is called with the error when a job throws an exception.
    explicit BackgroundTask(std::function<void(const Error &)> onFailure, QObject *parent = nullptr);
    ~BackgroundTask() override;

    void start(Work work);
    void enqueue(Work work);
    void cancel();
    bool isRunning() const { return m_pending > 0; }

private:
    void deliver(std::uint64_t generation, const Delivery &delivery);

    std::function<void(const Error &)> m_onFailure;
    QThreadPool m_pool;
    std::stop_source m_stop;
    std::uint64_t m_generation = 0;
    int m_pending = 0;
};

} // namespace nms
