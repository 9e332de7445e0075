// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/io/disk/atomic_file.h"

#include <stop_token>

class QImage;

namespace nms::cli {

/// Encodes `image` as PNG into `file`. Errors as writePng.
Status encodePng(const QImage &image, AtomicFile &file, const std::stop_token &stop = {});

/// Encodes `image` as PNG into `file` and commits it. Resource error if it cannot be encoded, Io error if it cannot be
/// written, Cancelled within milliseconds of a stop request.
Status writePng(const QImage &image, AtomicFile &file, const std::stop_token &stop = {});

} // namespace nms::cli
