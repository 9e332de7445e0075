// SPDX-License-Identifier: Apache-2.0
// Copies a Keras archive with new values in some of its weights. Private to core/io.
#pragma once

#include "core/io/file_patch.h"

namespace nms {

/// Copies the archive `fileName` byte for byte; values are overwritten in the member that holds the weights, and its
/// checksum (CRC-32) is updated wherever the archive stores it. `inner` is the patch of that member, created from the same
/// file. Unsupported error, naming the tensor, if one cannot be overwritten in place (a compressed one), as the member
/// cannot grow; also if the member itself is compressed.
Result<std::unique_ptr<FilePatch>> makeKerasPatch(const FilePatch &inner, const std::string &fileName,
                                                  std::span<const TensorInfo> replaced, const AtomicFile &copy);

} // namespace nms
