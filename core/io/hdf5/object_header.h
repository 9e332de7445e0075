// SPDX-License-Identifier: Apache-2.0
// The header of one object of an HDF5 file, read without its library: for objects that the installed library does not know.
// Format: "HDF5 File Format Specification" 3.0, IV.A. Private to core/io.
#pragma once

#include "core/io/hdf5/superblock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms {

struct Hdf5Message {
    enum : unsigned { Dataspace = 0x01, Datatype = 0x03, Layout = 0x08, Continuation = 0x10 }; // some of the types
    unsigned type = 0;
    bool shared = false; // `data` only refers to the message
    std::vector<std::byte> data;
};

/// All messages of the header at `address` (relative to the superblock, as in the library), versions 1 and 2. At most 1 MiB
/// and 4096 messages in 64 blocks; checksums are not compared. nullopt if it is not a header, longer or truncated.
std::optional<std::vector<Hdf5Message>> readObjectHeader(const RegularFile &file, const Hdf5Superblock &superblock,
                                                         std::uint64_t address);

/// The shape in a dataspace message (versions 1 and 2), {} for a scalar; nullopt if it is damaged or of another version.
std::optional<std::vector<std::int64_t>> shapeOf(const Hdf5Message &dataspace, const Hdf5Superblock &superblock);

/// Text saying what in the messages is newer than HDF5 `major`.`minor` and which version reads it; nullopt if nothing is.
std::optional<std::string> newerThan(const std::vector<Hdf5Message> &messages, unsigned major, unsigned minor);

} // namespace nms
