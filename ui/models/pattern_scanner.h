// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sparsity/pattern_detection.h"
#include "core/tensor/tensor_source.h"
#include "ui/models/background_task.h"

#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace nms {

/// Reads tensors in the background, one after another, and detects the N:M patterns that they already have. GUI thread.
class PatternScanner : public QObject
{
    Q_OBJECT
public:
    explicit PatternScanner(QObject *parent = nullptr);

    /// Queues all matrices among `tensors`. Tensors that cannot be read are skipped; opening them reports the error. Nothing
    /// is read over a connection to another process: there only what is opened is sent.
    void scan(const QString &fileName, const std::vector<TensorInfo> &tensors);
    void cancel();

signals:
    void detected(const QString &fileName, const QString &path, const nms::DetectedPatterns &patterns);

private:
    BackgroundTask m_task;
};

} // namespace nms
