// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/prune_compare.h"

#include <QChartView>

#include <vector>

class QBarCategoryAxis;
class QLogValueAxis;

namespace nms {

/// Error by pattern, with a line for each framework and kind of mask: solid for transposable masks, dashed for masks along
/// rows alone. The distance between the two is the cost of transposability.
class PrunePriceChart : public QChartView
{
    Q_OBJECT
public:
    explicit PrunePriceChart(QWidget *parent = nullptr);
    static QColor colorOf(Framework framework);

    void setResults(const std::vector<jobs::PruneCaseResult> &results);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;

private:
    void addLine(const std::vector<jobs::PruneCaseResult> &results, const std::vector<NmPattern> &patterns,
                 Framework framework, Kind kind);

    QBarCategoryAxis *m_patterns;
    QLogValueAxis *m_errors; // in percent
    bool m_isEmpty = true;
    bool m_lacksError = false; // there are results, but no errors, since there are no activations
};

} // namespace nms
