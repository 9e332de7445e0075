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
    int addressBytes = 8; // size of an address in the file
    int lengthBytes = 8;
    bool openForWrite = false; // its flags say so (version 3): a writer has it open, or did not close it
    bool openForSwmr = false; // likewise, while others may read
    std::uint64_t end = 0; // end of the file, counted from its first byte; 0 if unknown
};

/// HDF5's signature is at offset 0 or, after a user block, at a power of two from 512 on; nullopt if it is at none of them.
/// If the other fields are not plausible, only `offset` and `version` are set. Io or Input error if the file cannot be read.
Result<std::optional<Hdf5Superblock>> findHdf5Superblock(const RegularFile &file);

/// Input error, without `where`, if a file is marked as open for writing: its content may be incomplete. libhdf5 itself
/// checks that mark only with drivers that lock.
Status requireClosed(const RegularFile &file);

/// Why libhdf5 could not open a file: from its superblock if that says more than `libraryText`, the library's message.
/// Without `where`, and without a remedy if the file is merely damaged.
Error explainUnopened(const RegularFile &file, const std::string &libraryText, const std::string &libraryVersion);

} // namespace nms
