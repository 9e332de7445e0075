// SPDX-License-Identifier: Apache-2.0
#include "ui/models/background_task.h"

#include "core/base/exceptions.h"

#include <exception>
#include <new>
#include <utility>

namespace nms {

BackgroundTask::BackgroundTask(std::function<void(const Error &)> onFailure, QObject *parent)
    : QObject(parent), m_onFailure(std::move(onFailure))
{
    m_pool.setMaxThreadCount(1);
}

BackgroundTask::~BackgroundTask()
{
    cancel();
    m_pool.waitForDone();
}

void BackgroundTask::start(Work work)
{
    cancel();
    enqueue(std::move(work));
}

void BackgroundTask::enqueue(Work work)
{
    ++m_pending;
    m_pool.start([this, generation = m_generation, stop = m_stop.get_token(), work = std::move(work)] {
        const auto post = [this, generation](Delivery delivery) {
            QMetaObject::invokeMethod(
                this, [this, generation, delivery = std::move(delivery)] { deliver(generation, delivery); },
                Qt::QueuedConnection);
        };
        Delivery last;
        try {
            if (!stop.stop_requested())
                last = work({stop, post});
        } catch (const std::bad_alloc &) {
            last = [this] {
                m_onFailure({ErrorKind::Resource, {}, "not enough memory", "close other programs or open a smaller tensor"});
            };
        } catch (const std::exception &exception) {
            last = [this,
                    error = isThreadLimit(exception)
                        ? threadLimitError({})
                        : Error{ErrorKind::Internal, {}, exception.what(), "please report this"}] {
                m_onFailure(error);
            };
        }
        post([this, last = std::move(last)] {
            --m_pending;
            if (last)
                last();
        });
    });
}

void BackgroundTask::cancel()
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    ++m_generation;
    m_pending = 0;
    m_pool.clear();
}

void BackgroundTask::deliver(std::uint64_t generation, const Delivery &delivery)
{
    if (generation == m_generation)
        delivery();
}

} // namespace nms
