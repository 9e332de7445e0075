// SPDX-License-Identifier: Apache-2.0
// Pictures as PNG files, by libpng: the same with and without Qt.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/atomic_file.h"
#include "core/view/heatmap_scene.h"

#include <stop_token>

namespace nms::cli {

/// Encodes `image` as PNG into `file`, without an alpha channel where it is opaque. Errors as writePng.
Status encodePng(const Image &image, AtomicFile &file, const std::stop_token &stop = {});

/// Encodes `image` as PNG into `file` and commits it. Resource error if it cannot be encoded, Io error if it cannot be
/// written, Cancelled within milliseconds of a stop request.
Status writePng(const Image &image, AtomicFile &file, const std::stop_token &stop = {});

} // namespace nms::cli
