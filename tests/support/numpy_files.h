// SPDX-License-Identifier: Apache-2.0
// Builds NumPy's files directly from the definitions of their formats, so that each number in them can be made wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <zlib.h>

namespace nms::test {

/// `value` in `bytes` bytes, little-endian.
inline std::string littleEndian(std::uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8)
        text += char(value & 0xff);
    return text;
}

/// An array file: signature, version, length of the dict, the dict, the data.
inline std::string npyBytes(const std::string &dict, const std::string &data, int version = 1)
{
    return "\x93NUMPY" + littleEndian(std::uint64_t(version), 2) + littleEndian(dict.size(), version == 1 ? 2 : 4) + dict +
        data;
}

/// One member of an archive as the directory describes it. The fields named local… are for a local header that differs.
struct ZipPiece {
    ZipPiece(std::string name_, std::string content)
        : name(std::move(name_)), stored(std::move(content)), storedBytes(stored.size()), bytes(stored.size()),
          crc(std::uint32_t(crc32(0, reinterpret_cast<const Bytef *>(stored.data()), uInt(stored.size()))))
    { }
    /// The same member, compressed.
    ZipPiece deflated() const
    {
        ZipPiece piece = *this;
        piece.stored.assign(stored.size() + 64, '\0');
        z_stream stream{};
        deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(stored.data()));
        stream.avail_in = uInt(stored.size());
        stream.next_out = reinterpret_cast<Bytef *>(piece.stored.data());
        stream.avail_out = uInt(piece.stored.size());
        deflate(&stream, Z_FINISH);
        piece.stored.resize(stream.total_out);
        deflateEnd(&stream);
        piece.storedBytes = piece.stored.size();
        piece.method = 8;
        return piece;
    }

    std::string name, stored, extra; // `extra`: the extra field in the directory
    std::uint64_t storedBytes, bytes;
    std::uint32_t crc;
    unsigned flags = 0, method = 0;
    std::string localName; // name in the local header if it differs; otherwise empty
    std::uint64_t localBytes = ~0ULL; // size in the local header if it differs
    std::uint64_t offset = ~0ULL; // offset in the directory if it is not the real one
};

/// An archive of these members, with its end record; `bytesBetween` are inserted between the members and the directory.
inline std::string zipBytes(const std::vector<ZipPiece> &pieces, const std::string &bytesBetween = {},
                            const std::string &comment = {})
{
    std::string file, directory;
    for (const ZipPiece &piece : pieces) {
        const std::uint64_t offset = piece.offset == ~0ULL ? file.size() : piece.offset;
        const auto facts = [&](std::uint64_t bytes) {
            return littleEndian(20, 2) + littleEndian(piece.flags, 2) + littleEndian(piece.method, 2) + littleEndian(0, 4) +
                littleEndian(piece.crc, 4) + littleEndian(piece.storedBytes, 4) + littleEndian(bytes, 4);
        };
        const std::string own = piece.localName.empty() ? piece.name : piece.localName;
        file += "PK\x03\x04" + facts(piece.localBytes == ~0ULL ? piece.bytes : piece.localBytes) +
            littleEndian(own.size(), 2) + littleEndian(0, 2) + own + piece.stored;
        directory += "PK\x01\x02" + littleEndian(20, 2) + facts(piece.bytes) + littleEndian(piece.name.size(), 2) +
            littleEndian(piece.extra.size(), 2) + littleEndian(0, 10) + littleEndian(offset, 4) + piece.name + piece.extra;
    }
    file += bytesBetween;
    const std::string counts = littleEndian(pieces.size(), 2);
    return file + directory + "PK\x05\x06" + littleEndian(0, 4) + counts + counts + littleEndian(directory.size(), 4) +
        littleEndian(file.size(), 4) + littleEndian(comment.size(), 2) + comment;
}

} // namespace nms::test
