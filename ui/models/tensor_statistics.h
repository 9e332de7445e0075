// SPDX-License-Identifier: Apache-2.0
// Figures of the open tensor as a whole: density of rows and columns, and how gaps and residuals are distributed over tiles.
#pragma once

#include "core/sparsity/line_counts.h"
#include "ui/models/background_task.h"
#include "ui/models/histogram.h"
#include "ui/models/workspace.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace nms {

struct TensorStatistics {
    LineCounts weights; // as they lie in the file
    std::optional<LineCounts> mask; // of the mask on screen
    std::optional<Histogram> planGaps; // by tile, of the iteration on screen
    std::optional<Histogram> residuals; // likewise
    std::optional<Histogram> maskGaps; // by tile, of the mask on screen
    int iteration = 0; // on screen
};

/// Follows the workspace while active; counts in the background. GUI thread.
class StatisticsTask : public QObject
{
    Q_OBJECT
public:
    static constexpr std::size_t bins = 48;

    explicit StatisticsTask(Workspace &workspace, QObject *parent = nullptr);

    void setActive(bool isActive); // counts only while somebody looks
    /// Null without a tensor, and before the first count is done.
    std::shared_ptr<const TensorStatistics> statistics() const { return m_statistics; }

signals:
    void changed();

private:
    void follow();
    void count();

    Workspace &m_workspace;
    BackgroundTask m_task;
    QTimer m_timer;
    bool m_isActive = false;
    bool m_isStale = true;
    std::shared_ptr<const Matrix<float>> m_counted; // the weights of m_weights
    std::shared_ptr<const LineCounts> m_weights;
    std::shared_ptr<const TensorStatistics> m_statistics;
};

} // namespace nms
