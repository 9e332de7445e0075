// SPDX-License-Identifier: Apache-2.0
// A model as Keras 3 saves it (.keras): a zip archive whose member model.weights.h5 is an HDF5 file, read in place. Private
// to core/io.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/zip/directory.h"

#include <string_view>

namespace nms {

constexpr std::string_view kerasWeightsName = "model.weights.h5";

/// Where the weights lie in an archive. Where the member is stored (Keras compresses nothing), its HDF5 file is the bytes
/// [offset, offset + bytes) of the archive, and so addresses in it count from `offset`; who changes some of them in a copy
/// of the archive has to put the CRC-32 of all of them at headerOffset + 14 and at entryOffset + 16, both little-endian.
/// Input error where the archive is damaged or has no such member.
Result<ZipMember> findKerasWeights(const RegularFile &file);

} // namespace nms
