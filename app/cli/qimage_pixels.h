// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/view/heatmap_scene.h"

#include <QImage>

#include <cstring>

namespace nms::cli {

/// The pixels of a QImage of any format.
inline Image imageOf(const QImage &picture)
{
    const QImage rgba = picture.convertToFormat(QImage::Format_RGBA8888);
    Image image{rgba.width(), rgba.height(), {}};
    image.pixels.resize(std::size_t(image.width) * std::size_t(image.height));
    for (int y = 0; y < image.height; ++y)
        std::memcpy(image.pixels.data() + std::ptrdiff_t(y) * image.width, rgba.constScanLine(y),
                    std::size_t(image.width) * 4);
    return image;
}

} // namespace nms::cli
