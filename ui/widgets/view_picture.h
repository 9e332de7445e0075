// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSize>

class QPainter;

namespace nms {

class Viewport;

/// What the viewport shows, at another size: the same cells, rulers of tiles at the upper and left edge, the legend with its
/// scale at the right. With `isTransparent` the ground is left as it is.
void paintView(QPainter &painter, QSize size, bool isTransparent, const Viewport &viewport);

} // namespace nms
