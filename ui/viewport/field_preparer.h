// SPDX-License-Identifier: Apache-2.0
// Makes the values of a field in the background, so that no frame waits for them.
#pragma once

#include "core/base/matrix.h"
#include "ui/models/background_task.h"

#include <QObject>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace nms {

/// GUI thread.
class FieldPreparer : public QObject
{
    Q_OBJECT
public:
    using Values = std::shared_ptr<const Matrix<float>>;
    using Make = std::function<Values()>; // called on another thread; reads only what it holds

    /// `onFailure`: as that of BackgroundTask.
    explicit FieldPreparer(std::function<void(const Error &)> onFailure, QObject *parent = nullptr);

    /// Replaces a request that is under way. Numbers of requests ascend from 1.
    std::uint64_t start(Make make);
    /// The values of this request, once; empty while they are made, and if another one has replaced it.
    std::optional<Values> take(std::uint64_t request);
    /// Also of a request that was replaced, but not for what has been taken.
    bool isBusy() const { return m_task.isRunning(); }
    void cancel();

signals:
    void ready();

private:
    std::uint64_t m_request = 0;
    std::optional<Values> m_values; // of m_request
    BackgroundTask m_task;
};

} // namespace nms
