// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSize>

class QPainter;

namespace nms {

class Viewport;

/// Paints what the viewport shows, at another size: the same cells, rulers of tiles at the top and left edges, and the
/// legend with its scale at the right. With `isTransparent` the background is not filled.
void paintView(QPainter &painter, QSize size, bool isTransparent, const Viewport &viewport);

} // namespace nms
