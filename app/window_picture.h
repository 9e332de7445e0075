// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPixmap>

class QWidget;

namespace nms {

/// The window as it is on the screen: a widget cannot read what Vulkan drew. Null where the screen cannot be read.
QPixmap pictureOnScreen(const QWidget &window);

} // namespace nms
