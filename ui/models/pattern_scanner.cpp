// SPDX-License-Identifier: Apache-2.0
#include "ui/models/pattern_scanner.h"

#include "core/io/attached_tensors.h"
#include "core/io/weights_file.h"
#include "core/jobs/inspect_file.h"

#include <QFile>

namespace nms {

PatternScanner::PatternScanner(QObject *parent) : QObject(parent), m_task([](const Error &) {}) { }

void PatternScanner::scan(const QString &fileName, const std::vector<TensorInfo> &tensors)
{
    if (isReadOverConnection(fileName.toStdString()))
        return;
    m_task.enqueue([this, fileName, tensors](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const auto source = openWeights(QFile::encodeName(fileName).toStdString(), context.stop);
        if (!source)
            return {};
        // Cells read between two checks of the stop token: closing the window waits for one panel.
        constexpr std::int64_t panelCells = std::int64_t(1) << 20;
        for (const TensorInfo &tensor : tensors) {
            if (context.stop.stop_requested())
                break;
            const auto facts = jobs::inspectTensor(**source, tensor, {context.stop, {}}, panelCells);
            if (facts && facts->patterns)
                context.post([this, fileName, path = QString::fromStdString(tensor.path), patterns = *facts->patterns] {
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
