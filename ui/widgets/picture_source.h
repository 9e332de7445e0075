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
    QSize size; // that it has on the screen, logical pixels
    /// Fills (0, 0) to size; with `isTransparent` the ground is left as it is.
    std::function<void(QPainter &painter, QSize size, bool isTransparent)> paint;
};

/// The matrix as the viewport shows it, with rulers, and its legend at the right. Text has the size of the window's.
PictureSource pictureOf(const Viewport &viewport);
PictureSource pictureOf(QChartView &chart, const QString &name);

/// `scale` pixels for each logical one.
QImage imageOf(const PictureSource &source, QSize size, double scale, bool isTransparent);

/// PNG or SVG by the name's ending; of SVG the matrix is an image inside, and all else lines and text. Written beside the
/// target and renamed.
Status savePicture(const PictureSource &source, QSize size, double scale, bool isTransparent, const QString &fileName);

} // namespace nms
