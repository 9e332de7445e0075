// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_marks.h"

#include <QPainter>
#include <QPainterPath>
#include <QPolygonF>

#include <algorithm>
#include <array>

namespace nms::cli {

namespace {

constexpr double radius = 5;

const std::array<Mark, 10> &marks()
{
    static const QColor blue("#0072b2"), red("#d55e00"), green("#009e73"), sky("#56b4e9"), orange("#e69f00"),
        purple("#cc79a7"), gray("#555555");
    static const std::array<Mark, 10> all = {{{"exact", blue, MarkShape::Circle, true},
                                              {"lemon", blue, MarkShape::Circle, false},
                                              {"dykstra", red, MarkShape::Square, true},
                                              {"reference", red, MarkShape::Square, false},
                                              {"torch", red, MarkShape::Diamond, false},
                                              {"capped", green, MarkShape::Up, true},
                                              {"greedy", sky, MarkShape::Down, true},
                                              {"greedy+swap", orange, MarkShape::Diamond, true},
                                              {"bi-nm", gray, MarkShape::Cross, true},
                                              {"max1000", purple, MarkShape::Plus, true}}};
    return all;
}

void drawLines(QPainter &painter, const Mark &mark, const QPointF &at)
{
    const bool upright = mark.shape == MarkShape::Plus;
    const QPointF one = upright ? QPointF(radius * 1.1, 0) : QPointF(radius * 0.8, radius * 0.8);
    const QPointF other(-one.y(), one.x());
    painter.setPen(QPen(mark.color, 2.2));
    painter.drawLine(at - one, at + one);
    painter.drawLine(at - other, at + other);
}

QPainterPath outlineOf(MarkShape shape)
{
    QPainterPath path;
    const auto polygon = [&](const QPolygonF &corners) {
        path.addPolygon(corners);
        path.closeSubpath();
    };
    switch (shape) {
    case MarkShape::Square:
        polygon({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
        break;
    case MarkShape::Diamond:
        polygon({{0, -1.25}, {1.25, 0}, {0, 1.25}, {-1.25, 0}});
        break;
    case MarkShape::Up:
        polygon({{0, -1.15}, {1.1, 0.85}, {-1.1, 0.85}});
        break;
    case MarkShape::Down:
        polygon({{0, 1.15}, {1.1, -0.85}, {-1.1, -0.85}});
        break;
    default:
        path.addEllipse(QPointF(), 1, 1);
    }
    return path;
}

} // namespace

const Mark *markOf(const std::string &method)
{
    const auto found = std::find_if(marks().begin(), marks().end(), [&](const Mark &mark) { return mark.method == method; });
    return found == marks().end() ? nullptr : &*found;
}

void drawMark(QPainter &painter, const Mark &mark, const QPointF &at, bool onDevice)
{
    if (mark.shape == MarkShape::Plus || mark.shape == MarkShape::Cross) {
        drawLines(painter, mark, at);
    } else {
        const QPainterPath path = QTransform::fromTranslate(at.x(), at.y()).scale(radius, radius).map(outlineOf(mark.shape));
        painter.setPen(mark.filled ? QPen(Qt::white, 0.8) : QPen(mark.color, 1.8));
        painter.setBrush(mark.filled ? QBrush(mark.color) : QBrush(Qt::NoBrush)); // what lies below a hollow one is seen
        painter.drawPath(path);
    }
    if (onDevice) {
        painter.setPen(QPen(mark.color, 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(at, 1.8 * radius, 1.8 * radius);
    }
}

QString nameInPlot(const bench::Record &record)
{
    const QString method = QString::fromStdString(record.method), backend = QString::fromStdString(record.backend);
    if (record.method == "lemon" || record.method == "torch")
        return backend;
    if (record.method == "reference")
        return QStringLiteral("naive dykstra");
    return record.backend == "cpu" ? method : method + QStringLiteral(" on ") + backend;
}

QString labelInPlot(const bench::Record &record)
{
    return nameInPlot(record).section(QLatin1Char(' '), 0, 0);
}

bool isOnDevice(const bench::Record &record)
{
    return record.backend.starts_with("cuda") || record.backend.ends_with(", cuda");
}

} // namespace nms::cli
