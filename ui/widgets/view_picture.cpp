// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/view_picture.h"

#include "core/base/number_text.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/theme.h"

#include <QPaintEngine>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

constexpr int margin = 12;
constexpr int rulerHeight = 20;
constexpr int rulerWidth = 44;
constexpr int legendWidth = 150;
constexpr int barWidth = 14;
constexpr int tallestBar = 320;

QColor colorOf(Rgba8 color)
{
    return {color.r, color.g, color.b};
}

QString labelOf(const overlay::LegendView &legend, float value)
{
    return QString::fromStdString(
        withoutTrailingZeros(legend.asPercent ? formatPercent(double(value)) : formatReading(double(value))));
}

/// Paints legend keys for single colours, one below the other. Returns the y below them.
int paintKeys(QPainter &painter, int x, int y, const std::vector<std::pair<std::string, Rgba8>> &keys)
{
    for (const auto &[name, color] : keys) {
        painter.fillRect(QRect(x, y, 12, 12), colorOf(color));
        painter.drawText(QPoint(x + 20, y + 11), QString::fromStdString(name));
        y += 20;
    }
    return y;
}

void paintLegend(QPainter &painter, const QRect &area, const overlay::LegendView &legend)
{
    painter.setPen(theme().text);
    painter.setFont(monoFont(12));
    int y = area.top() + 12;
    painter.drawText(QPoint(area.left(), y), QString::fromStdString(legend.title));
    y += 14;
    if (!legend.swatches.empty()) {
        paintKeys(painter, area.left(), y, legend.swatches);
        return;
    }
    painter.setPen(theme().muted);
    if (!legend.flat.empty()) {
        painter.drawText(QPoint(area.left(), y + 12), QString::fromStdString(legend.flat));
        return;
    }
    const int below = 8 + (legend.rangeNote.empty() ? 0 : 20) + 20 * int(legend.specials.size());
    const QRect bar(area.left(), y, barWidth, std::max(24, std::min(tallestBar, area.bottom() - y - below - 8)));
    // The bar spans the range only; values outside have the colours of its ends.
    const auto valueAt = [&](double unit) {
        const ValueScale &scale = legend.scale;
        if (scale.isLogarithmic())
            return float(double(scale.low) * std::pow(double(scale.high) / double(scale.low), unit));
        return float(double(scale.low) + unit * double(scale.high - scale.low));
    };
    for (int i = 0; i < bar.height(); ++i) {
        const double unit = 1 - (i + 0.5) / bar.height();
        painter.fillRect(QRect(bar.left(), bar.top() + i, bar.width(), 1),
                         colorOf(nms::colorOf(valueAt(unit), legend.scale, legend.colors)));
    }
    const auto mark = [&](double unit) {
        const int at = bar.top() + int(std::lround((1 - unit) * bar.height()));
        painter.drawLine(bar.right() + 1, at, bar.right() + 4, at);
        painter.drawText(QPoint(bar.right() + 8, at + 4), labelOf(legend, valueAt(unit)));
    };
    for (const double unit : {0., 0.25, 0.5, 0.75, 1.})
        mark(unit);
    y = bar.bottom() + 24;
    if (!legend.rangeNote.empty()) {
        painter.drawText(QPoint(area.left(), y), QString::fromStdString(legend.rangeNote));
        y += 12;
    }
    paintKeys(painter, area.left(), y, legend.specials);
}

void paintRulers(QPainter &painter, const QRect &picture, const ViewPicture &view)
{
    painter.setPen(theme().muted);
    painter.setFont(monoFont(11));
    const Camera &camera = view.camera;
    const double ratio = double(camera.width) / std::max(1, picture.width());
    const double scale = camera.pixelsPerCell / ratio; // logical pixels
    for (const overlay::RulerMark &mark :
         overlay::rulerMarks(camera.center.col, scale, picture.width(), view.cols, view.tileSize, 36))
        painter.drawText(QRectF(picture.left() + double(mark.at) - 40, picture.top() - rulerHeight, 80, rulerHeight - 4),
                         Qt::AlignHCenter | Qt::AlignBottom, QString::number(mark.number));
    for (const overlay::RulerMark &mark :
         overlay::rulerMarks(camera.center.row, scale, picture.height(), view.rows, view.tileSize, 18))
        painter.drawText(QRectF(picture.left() - rulerWidth, picture.top() + double(mark.at) - 10, rulerWidth - 6, 20),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(mark.number));
    painter.drawText(QRectF(picture.left() - rulerWidth, picture.top() - rulerHeight, rulerWidth - 6, rulerHeight - 4),
                     Qt::AlignRight | Qt::AlignBottom, QStringLiteral("tile"));
}

} // namespace

void paintView(QPainter &painter, QSize size, bool isTransparent, const Viewport &viewport)
{
    if (!isTransparent)
        painter.fillRect(QRect(QPoint(), size), theme().background);
    const QRect room(margin + rulerWidth, margin + rulerHeight, size.width() - 3 * margin - rulerWidth - legendWidth,
                     size.height() - 2 * margin - rulerHeight);
    if (room.width() < 16 || room.height() < 16)
        return;
    const bool isSvg = painter.paintEngine()->type() == QPaintEngine::SVG;
    const double ratio = isSvg ? 2 : std::max(1., painter.device()->devicePixelRatioF());
    const ViewPicture view = viewport.picture((QSizeF(room.size()) * ratio).toSize());
    if (view.heatmap.isNull())
        return;
    const QRect picture(room.topLeft(), (QSizeF(view.heatmap.size()) / ratio).toSize());
    painter.drawImage(picture, view.heatmap);
    painter.setPen(theme().line);
    painter.drawRect(picture.adjusted(-1, -1, 0, 0));
    paintRulers(painter, picture, view);
    paintLegend(painter, QRect(picture.right() + 1 + margin, picture.top(), legendWidth, room.height()), view.legend);
}

} // namespace nms
