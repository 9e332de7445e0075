// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/field_preparer.h"

#include <utility>

namespace nms {

FieldPreparer::FieldPreparer(std::function<void(const Error &)> onFailure, QObject *parent)
    : QObject(parent), m_task(std::move(onFailure))
{ }

std::uint64_t FieldPreparer::start(Make make)
{
    m_values.reset();
    ++m_request;
    m_task.start([this, make = std::move(make)](const BackgroundTask::Context &) -> BackgroundTask::Delivery {
        return [this, values = make()] {
            m_values = values;
            emit ready();
        };
    });
    return m_request;
}

std::optional<FieldPreparer::Values> FieldPreparer::take(std::uint64_t request)
{
    return request == m_request ? std::exchange(m_values, std::nullopt) : std::nullopt;
}

void FieldPreparer::cancel()
{
    m_values.reset();
    m_task.cancel();
}

} // namespace nms
