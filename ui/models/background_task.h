// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QObject>
#include <QThreadPool>

#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms {

/// Jobs on one background thread, answered on the GUI thread. start() replaces whatever is there (the newest request wins),
/// enqueue() waits its turn. What a replaced or cancelled job still delivers is dropped. GUI thread only; the destructor
/// cancels and waits, so a job must look at its stop token every few milliseconds.
class BackgroundTask : public QObject
{
    Q_OBJECT
public:
    using Delivery = std::function<void()>; // called on the GUI thread
    struct Context {
        std::stop_token stop;
        std::function<void(Delivery)> post; // for what is ready before the end; any thread
    };
    using Work = std::function<Delivery(const Context &)>;

    /// `onFailure` takes what an exception in a job says.
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
