// SPDX-License-Identifier: Apache-2.0
// Pictures of the view and of charts, for the clipboard and for files.
#pragma once

#include "core/base/result.h"

#include <QImage>
#include <QSize>
#include <QString>

#include <functional>

class QChartView;
class QPainter;

namespace nms {

class Viewport;

struct PictureSource {
    QString name; // "plan", "convergence"
    QSize size; // on the screen, in logical pixels
    /// Paints the area from (0, 0) to `size`; with `isTransparent` the background is not filled.
    std::function<void(QPainter &painter, QSize size, bool isTransparent)> paint;
};

/// The matrix as the viewport shows it, with rulers, and its legend at the right. Text is as large as in the window.
PictureSource pictureOf(const Viewport &viewport);
PictureSource pictureOf(QChartView &chart, const QString &name);

/// `scale`: pixels per logical pixel.
QImage imageOf(const PictureSource &source, QSize size, double scale, bool isTransparent);

/// Saves PNG or SVG, by the ending of `fileName`. In an SVG the matrix is an embedded image; the rest is lines and text.
/// Written to a temporary file beside the target, which is then renamed.
Status savePicture(const PictureSource &source, QSize size, double scale, bool isTransparent, const QString &fileName);

} // namespace nms
