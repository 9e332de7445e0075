// SPDX-License-Identifier: Apache-2.0
#include "ui/models/pattern_scanner.h"

#include "core/io/weights_file.h"
#include "ui/models/tensor_loader.h"

#include <QFile>

namespace nms {

PatternScanner::PatternScanner(QObject *parent) : QObject(parent), m_task([](const Error &) {}) { }

void PatternScanner::scan(const QString &fileName, const std::vector<TensorInfo> &tensors)
{
    m_task.enqueue([this, fileName, tensors](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const auto source = openWeights(QFile::encodeName(fileName).toStdString(), context.stop);
        if (!source)
            return {};
        for (const TensorInfo &tensor : tensors) {
            if (context.stop.stop_requested())
                break;
            if (!tensor.isMatrix())
                continue;
            PatternDetector detector(tensor.cols());
            const Status status = readPanels(**source, tensor, context.stop,
                                             [&](std::int64_t, Span2d<const float> rows) { detector.addRows(rows); });
            if (status)
                context.post([this, fileName, path = QString::fromStdString(tensor.path), patterns = detector.finish()] {
                    emit detected(fileName, path, patterns);
                });
        }
        return {};
    });
}

void PatternScanner::cancel()
{
    m_task.cancel();
}

} // namespace nms
