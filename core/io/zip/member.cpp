// SPDX-License-Identifier: Apache-2.0
#include "core/io/zip/member.h"

#include <algorithm>
#include <libdeflate.h>
#include <new>
#include <zlib.h>

namespace nms {

namespace {

constexpr std::int64_t pieceBytes = 64 << 10;

} // namespace

/// zlib, since libdeflate can only inflate a whole member: a header is needed alone, and members may be larger than memory.
struct ZipMemberReader::Inflater {
    Inflater()
    {
        constexpr int rawDeflate = -15; // with the largest window
        if (inflateInit2(&stream, rawDeflate) != Z_OK)
            throw std::bad_alloc();
    }
    Inflater(const Inflater &) = delete;
    ~Inflater() { inflateEnd(&stream); }

    z_stream stream{};
    std::vector<std::byte> input = std::vector<std::byte>(pieceBytes);
    std::int64_t consumed = 0; // stored bytes that were read, including those in `input`
    std::int64_t produced = 0;
    std::uint32_t crc = 0; // of the bytes produced so far
    bool ended = false;
};

ZipMemberReader::ZipMemberReader(const RegularFile &file, const ZipMember &member, std::string where, std::stop_token stop)
    : m_file(file), m_member(member), m_where(std::move(where)), m_stop(std::move(stop))
{ }

ZipMemberReader::~ZipMemberReader() = default;

Status ZipMemberReader::damaged(const std::string &what) const
{
    return fail(ErrorKind::Input, m_where, what, "the archive is damaged; get it again");
}

Status ZipMemberReader::cancelled() const
{
    return fail(ErrorKind::Cancelled, m_where, "reading was cancelled");
}

Status ZipMemberReader::readAt(std::int64_t offset, std::span<std::byte> out)
{
    if (offset < 0 || std::int64_t(out.size()) > m_member.bytes - offset)
        return fail(ErrorKind::Internal, m_where, "was asked for bytes behind its end");
    if (!m_member.deflated)
        return m_file.readAt(m_member.offset + offset, out);
    if (!m_inflater || m_inflater->produced > offset)
        m_inflater = std::make_unique<Inflater>();
    std::vector<std::byte> passed(std::size_t(std::min(pieceBytes, offset - m_inflater->produced)));
    while (m_inflater->produced < offset) {
        const std::int64_t left = offset - m_inflater->produced;
        if (Status done = inflate(std::span(passed).first(std::size_t(std::min(left, pieceBytes)))); !done)
            return done;
    }
    if (Status done = inflate(out); !done)
        return done;
    return m_inflater->produced == m_member.bytes ? finish() : Status();
}

/// Inflates the next bytes.
Status ZipMemberReader::inflate(std::span<std::byte> out)
{
    Inflater &own = *m_inflater;
    while (!out.empty()) {
        if (m_stop.stop_requested())
            return cancelled();
        if (own.ended)
            return damaged("ends after " + std::to_string(own.produced) + " bytes; " + std::to_string(m_member.bytes) +
                           " are claimed");
        const std::int64_t left = m_member.storedBytes - own.consumed;
        if (own.stream.avail_in == 0 && left > 0) {
            const auto next = std::span(own.input).first(std::size_t(std::min(left, pieceBytes)));
            if (Status read = m_file.readAt(m_member.offset + own.consumed, next); !read)
                return read;
            own.stream.next_in = reinterpret_cast<Bytef *>(next.data());
            own.stream.avail_in = uInt(next.size());
            own.consumed += std::int64_t(next.size());
        }
        const std::size_t wanted = std::min(out.size(), std::size_t(pieceBytes));
        own.stream.next_out = reinterpret_cast<Bytef *>(out.data());
        own.stream.avail_out = uInt(wanted);
        const int result = ::inflate(&own.stream, Z_NO_FLUSH);
        const std::size_t made = wanted - own.stream.avail_out;
        if (result != Z_OK && result != Z_STREAM_END) // Z_BUF_ERROR: nothing left to inflate
            return damaged("is no valid deflate stream behind byte " + std::to_string(own.produced + std::int64_t(made)));
        own.crc = libdeflate_crc32(own.crc, out.data(), made);
        own.produced += std::int64_t(made);
        own.ended = result == Z_STREAM_END;
        out = out.subspan(made);
    }
    return {};
}

/// All claimed bytes have been produced: checks that nothing follows, and their checksum.
Status ZipMemberReader::finish()
{
    Inflater &own = *m_inflater;
    std::byte more[1];
    while (!own.ended) {
        const std::int64_t before = own.produced;
        if (Status done = inflate(more); !done && !own.ended)
            return done;
        if (own.produced != before)
            return damaged("holds more than the " + std::to_string(m_member.bytes) + " bytes that are claimed");
    }
    if (own.consumed - own.stream.avail_in != m_member.storedBytes)
        return damaged("has bytes behind its end");
    return own.crc == m_member.crc ? Status() : damaged("has another checksum (CRC-32) than its archive says");
}

Status ZipMemberReader::check() const
{
    if (m_member.deflated)
        return {};
    std::vector<std::byte> piece(std::size_t(std::min<std::int64_t>(16 * pieceBytes, m_member.bytes)));
    std::uint32_t crc = 0;
    for (std::int64_t done = 0; done < m_member.bytes; done += std::int64_t(piece.size())) {
        if (m_stop.stop_requested())
            return cancelled();
        piece.resize(std::size_t(std::min(std::int64_t(piece.size()), m_member.bytes - done)));
        if (Status read = m_file.readAt(m_member.offset + done, piece); !read)
            return read;
        crc = libdeflate_crc32(crc, piece.data(), piece.size());
    }
    return crc == m_member.crc ? Status() : damaged("has another checksum (CRC-32) than its archive says");
}

} // namespace nms
