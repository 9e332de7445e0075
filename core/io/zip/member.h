// SPDX-License-Identifier: Apache-2.0
// The bytes of one member of a zip archive. Private to core/io.
#pragma once

#include "core/io/zip/directory.h"

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace nms {

/// Reads a stored or deflated member. Deflated bytes are inflated on demand, in pieces of 64 KiB whatever the member's size:
/// reading forwards is cheap, reading backwards starts again from the beginning. One thread.
class ZipMemberReader
{
public:
    /// `file` must outlive the reader. `where` is for errors.
    ZipMemberReader(const RegularFile &file, const ZipMember &member, std::string where, std::stop_token stop);
    ~ZipMemberReader();
    ZipMemberReader(ZipMemberReader &&) = delete;

    /// Bytes of the uncompressed member from `offset` on, within its size. Input error if the archive is damaged; the
    /// checksum of a deflated member is compared when it has been read to its end. Cancelled. Throws std::bad_alloc.
    Status readAt(std::int64_t offset, std::span<std::byte> out);

    /// Compares the checksum of a stored member, reading it once. A deflated one is compared by readAt.
    Status check() const;

private:
    struct Inflater;
    Status inflate(std::span<std::byte> out);
    Status finish();
    Status damaged(const std::string &what) const;
    Status cancelled() const;

    const RegularFile &m_file;
    const ZipMember m_member;
    const std::string m_where;
    const std::stop_token m_stop;
    std::unique_ptr<Inflater> m_inflater;
};

} // namespace nms
