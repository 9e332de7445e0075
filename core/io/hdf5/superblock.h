// SPDX-License-Identifier: Apache-2.0
// The first bytes of an HDF5 file, read without its library. Format: "HDF5 File Format Specification" 3.0, II.A. Private to
// core/io.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/regular_file.h"

#include <cstdint>
#include <optional>

namespace nms {

struct Hdf5Superblock {
    std::int64_t offset = 0; // in the file: addresses count from here
    int version = 0;
    int addressBytes = 8; // of an address, as the file has them
    int lengthBytes = 8;
    bool openForWrite = false; // its flags say so (version 3): a writer has it open, or did not close it
    bool openForSwmr = false; // likewise, while others may read
    std::uint64_t end = 0; // of the file, counted from its first byte; 0 where that is not told
};

/// HDF5's signature stands at 0 or, behind a user block, at a power of two from 512 on; nothing where it is in none of these
/// places. Of what is not plausible only `offset` and `version` are told. Io or Input error where the file cannot be read.
Result<std::optional<Hdf5Superblock>> findHdf5Superblock(const RegularFile &file);

/// Input error, without `where`, where a file is marked as open for writing: what it holds may be half of a change. libhdf5
/// itself looks at that mark only with drivers that lock.
Status requireClosed(const RegularFile &file);

/// Why libhdf5 has not opened a file, from its superblock where that tells more than `libraryText`, what the library says.
/// Neither `where` nor, where the file is merely damaged, a remedy.
Error explainUnopened(const RegularFile &file, const std::string &libraryText, const std::string &libraryVersion);

} // namespace nms
