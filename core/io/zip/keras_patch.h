// SPDX-License-Identifier: Apache-2.0
// A Keras archive once more, with other values in some of its weights. Private to core/io.
#pragma once

#include "core/io/file_patch.h"

namespace nms {

/// Copies the archive `fileName` byte for byte; the values are overwritten in the member that holds the weights, and its
/// checksum (CRC-32) is made anew wherever the archive has it. `inner` is the patch of that member, made from the same file.
/// Unsupported error, naming the tensor, where one has no place of its own in the member, which cannot grow: a compressed
/// one; likewise where the member itself is compressed.
Result<std::unique_ptr<FilePatch>> makeKerasPatch(const FilePatch &inner, const std::string &fileName,
                                                  std::span<const TensorInfo> replaced, const AtomicFile &copy);

} // namespace nms
