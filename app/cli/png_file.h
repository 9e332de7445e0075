// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/io/atomic_file.h"

class QImage;

namespace nms::cli {

/// Encodes `image` as PNG into `file` and commits it. Resource error where it cannot be encoded, Io error where it cannot be
/// written.
Status writePng(const QImage &image, AtomicFile &file);

} // namespace nms::cli
