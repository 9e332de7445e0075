// SPDX-License-Identifier: Apache-2.0
// How a contender looks in the plot.
#pragma once

#include "core/bench/rounds.h"

#include <QColor>
#include <QPointF>
#include <QString>

class QPainter;

namespace nms::cli {

enum class MarkShape { Circle, Square, Diamond, Up, Down, Plus, Cross };

/// Colours by Okabe and Ito, which the colour-blind can tell apart. What solves the same problem has the same colour; peers
/// from elsewhere are hollow.
struct Mark {
    const char *method;
    QColor color;
    MarkShape shape;
    bool filled;
};

/// Null for methods that have no place in the plot.
const Mark *markOf(const std::string &method);

/// `onDevice` puts a ring around it.
void drawMark(QPainter &painter, const Mark &mark, const QPointF &at, bool onDevice);

/// "dykstra", "dykstra on cuda:0", "naive dykstra", "LEMON 1.3.1".
QString nameInPlot(const bench::Record &record);
/// The same, shorter.
QString labelInPlot(const bench::Record &record);
bool isOnDevice(const bench::Record &record);

} // namespace nms::cli
