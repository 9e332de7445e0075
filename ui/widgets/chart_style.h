// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

class QAbstractAxis;
class QChart;
class QChartView;
class QPainter;
class QRectF;

namespace nms {

/// As all charts of the window look: no frame, no margins, the theme's ground. Makes the view's chart.
QChart *styledChart(QChartView &view);
void styleAxis(QAbstractAxis &axis);

/// What an empty chart will show, in the middle of its area.
void drawChartHint(QPainter &painter, const QRectF &area, const QString &hint);

} // namespace nms
