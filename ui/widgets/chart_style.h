// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

class QAbstractAxis;
class QChart;
class QChartView;
class QPainter;
class QRectF;

namespace nms {

/// Gives the view the look of all charts in the window: no frame, no margins, the theme's background. Creates its chart.
QChart *styledChart(QChartView &view);
void styleAxis(QAbstractAxis &axis);

/// Draws a text in the middle of an empty chart, which says what the chart will show.
void drawChartHint(QPainter &painter, const QRectF &area, const QString &hint);

} // namespace nms
