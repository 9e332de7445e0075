// SPDX-License-Identifier: Apache-2.0
#include "app/window_picture.h"

#include <QScreen>
#include <QWidget>

namespace nms {

QPixmap pictureOnScreen(const QWidget &window)
{
    const QRect area = window.geometry().translated(-window.screen()->geometry().topLeft());
    return window.screen()->grabWindow(0, area.x(), area.y(), area.width(), area.height());
}

} // namespace nms
