// SPDX-License-Identifier: Apache-2.0
// Reads and checks the directory of a zip archive: its members, and where they are.
// Format: APPNOTE.TXT of PKWARE, 6.3.10. Private to core/io.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/regular_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

struct ZipMember {
    std::string name; // as stored: any bytes
    std::int64_t offset = 0; // of its data in the file
    std::int64_t storedBytes = 0; // size of its data in the file
    std::int64_t headerOffset = 0; // of its own header in the file
    std::int64_t entryOffset = 0; // of its entry in the directory, in the file
    std::int64_t bytes = 0; // uncompressed
    std::uint32_t crc = 0; // CRC-32 of the uncompressed bytes
    bool deflated = false;
    std::string unreadable; // encrypted, or compressed by another method than deflate; empty when it can be read
};

constexpr std::string_view zipMemberMagic("PK\x03\x04", 4); // the first bytes of an archive
constexpr std::string_view zipEmptyMagic("PK\x05\x06", 4); // of one without members

/// Longest directory that is read (some two million members).
constexpr std::int64_t zipDirectoryLimit = std::int64_t(1) << 27;

/// The members in the directory's order; zip64 is supported. Checked: the end record and its comment are at the end of the
/// file; one disk; the directory is directly before the end record; each member's own header agrees with the directory;
/// sizes are possible for the compression method; members lie within the file and do not overlap; names are unique. Input
/// error otherwise, Resource error beyond zipDirectoryLimit. Reads about 30 bytes of each member.
Result<std::vector<ZipMember>> readZipDirectory(const RegularFile &file);

} // namespace nms
