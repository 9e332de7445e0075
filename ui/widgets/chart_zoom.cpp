// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/chart_zoom.h"

#include "ui/widgets/theme.h"

#include <QChart>
#include <QChartView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QValueAxis>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace nms {

static constexpr double narrowest = 4; // of the values shown: a range of fewer iterations shows nothing more

ChartZoom::ChartZoom(QChartView &view, QValueAxis &axis) : m_view(view), m_axis(axis)
{
    view.viewport()->setMouseTracking(true);
    view.viewport()->installEventFilter(this);
    view.installEventFilter(this);
}

void ChartZoom::setFull(double low, double high)
{
    m_full = {low, std::max(high, low + 1)};
    if (m_zoomed && (m_zoomed->first < m_full.first || m_zoomed->second > m_full.second))
        m_zoomed.reset();
}

std::pair<double, double> ChartZoom::range() const
{
    return m_zoomed.value_or(m_full);
}

double ChartZoom::valueAt(double x) const
{
    const QRectF area = m_view.chart()->plotArea();
    const double share = area.width() > 0 ? std::clamp((x - area.left()) / area.width(), 0.0, 1.0) : 0;
    return m_axis.min() + share * (m_axis.max() - m_axis.min());
}

void ChartZoom::zoomTo(double low, double high)
{
    const double width =
        std::clamp(high - low, std::min(narrowest, m_full.second - m_full.first), m_full.second - m_full.first);
    const double begin = std::clamp((low + high - width) / 2, m_full.first, m_full.second - width);
    m_zoomed.reset();
    if (width < m_full.second - m_full.first)
        m_zoomed = {begin, begin + width};
    emit zoomed();
}

void ChartZoom::zoomAbout(double value, double factor)
{
    const auto [low, high] = range();
    zoomTo(value - (value - low) / factor, value + (high - value) / factor);
}

void ChartZoom::showAll()
{
    m_zoomed.reset();
    emit zoomed();
}

bool ChartZoom::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == &m_view && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        const auto [low, high] = range();
        if (key == Qt::Key_Plus || key == Qt::Key_Equal)
            zoomAbout((low + high) / 2, 1.5);
        else if (key == Qt::Key_Minus)
            zoomAbout((low + high) / 2, 1 / 1.5);
        else if (key == Qt::Key_0)
            showAll();
        else
            return false;
        return true;
    }
    if (watched != m_view.viewport())
        return false;
    const QRectF area = m_view.chart()->plotArea();
    switch (event->type()) {
    case QEvent::MouseMove: {
        const QPointF at = static_cast<QMouseEvent *>(event)->position();
        m_pointed = area.contains(at) ? std::optional(valueAt(at.x())) : std::nullopt;
        if (m_brush)
            m_brush->second = std::clamp(at.x(), area.left(), area.right());
        emit pointedChanged();
        return m_brush.has_value();
    }
    case QEvent::Leave:
        m_pointed.reset();
        emit pointedChanged();
        return false;
    case QEvent::Wheel: {
        const auto *wheel = static_cast<QWheelEvent *>(event);
        if (!area.contains(wheel->position()) || wheel->angleDelta().y() == 0)
            return false;
        zoomAbout(valueAt(wheel->position().x()), std::pow(1.2, wheel->angleDelta().y() / 120.0));
        return true;
    }
    case QEvent::MouseButtonPress: {
        const auto *press = static_cast<QMouseEvent *>(event);
        if (press->button() != Qt::LeftButton || !(press->modifiers() & Qt::ShiftModifier))
            return false;
        const double x = std::clamp(press->position().x(), area.left(), area.right());
        m_brush = {x, x};
        return true;
    }
    case QEvent::MouseButtonRelease: {
        if (!m_brush)
            return false;
        const auto [from, to] = std::minmax(m_brush->first, m_brush->second);
        m_brush.reset();
        if (to - from > 4) // otherwise it was a click
            zoomTo(valueAt(from), valueAt(to));
        emit pointedChanged();
        return true;
    }
    case QEvent::MouseButtonDblClick:
        showAll();
        return true;
    default:
        return false;
    }
}

void ChartZoom::draw(QPainter &painter, const QRectF &area) const
{
    if (!m_brush)
        return;
    const auto [from, to] = std::minmax(m_brush->first, m_brush->second);
    QColor fill = theme().accent;
    fill.setAlphaF(0.25F);
    painter.fillRect(QRectF(from, area.top(), to - from, area.height()), fill);
}

void drawReadings(QPainter &painter, const QRectF &area, double x, const QString &title,
                  const std::vector<ChartReading> &readings)
{
    painter.save();
    painter.setPen(QPen(theme().muted, 1, Qt::DotLine));
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    painter.setFont(monoFont(11));
    const QFontMetricsF metrics(painter.font());
    double width = metrics.horizontalAdvance(title);
    for (const auto &[color, text] : readings)
        width = std::max(width, metrics.horizontalAdvance(text));
    const double pad = 6, line = metrics.height();
    QRectF box(x + 10, area.top() + 2, width + 2 * pad, line * double(readings.size() + 1) + pad);
    if (box.right() > area.right())
        box.moveRight(x - 10);
    box.moveLeft(std::max(box.left(), area.left()));
    painter.setPen(theme().line);
    painter.setBrush(theme().panel);
    painter.drawRoundedRect(box, 3, 3);
    double y = box.top() + pad / 2 + metrics.ascent();
    const auto write = [&](const QColor &color, const QString &text) {
        painter.setPen(color);
        painter.drawText(QPointF(box.left() + pad, y), text);
        y += line;
    };
    write(theme().text, title);
    for (const auto &[color, text] : readings)
        write(color, text);
    painter.restore();
}

} // namespace nms
