// SPDX-License-Identifier: Apache-2.0
// A model as Keras 3 saves it (.keras): a zip archive whose member model.weights.h5 is an HDF5 file, read in place. Private
// to core/io.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/zip/directory.h"

#include <string_view>

namespace nms {

constexpr std::string_view kerasWeightsName = "model.weights.h5";

/// The member of an archive that holds the weights. If it is stored (Keras compresses nothing), its HDF5 file is the bytes
/// [offset, offset + bytes) of the archive, so addresses in it count from `offset`. Code that changes some of these bytes in
/// a copy of the archive must write the CRC-32 of all of them to headerOffset + 14 and entryOffset + 16, both little-endian.
/// Input error if the archive is damaged or has no such member.
Result<ZipMember> findKerasWeights(const RegularFile &file);

} // namespace nms
