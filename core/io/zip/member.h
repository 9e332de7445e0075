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

/// Reads a stored or deflated member. Deflated bytes are inflated as they are asked for, in 64 KiB whatever the member's
/// size: reading onwards is cheap, reading backwards begins anew. One thread.
class ZipMemberReader
{
public:
    /// `file` has to stay. `where` is for errors.
    ZipMemberReader(const RegularFile &file, const ZipMember &member, std::string where, std::stop_token stop);
    ~ZipMemberReader();
    ZipMemberReader(ZipMemberReader &&) = delete;

    /// Bytes of the uncompressed member from `offset` on, within its size. Input error where the archive is damaged: where a
    /// deflated member has been read to its end, its checksum is compared, too. Cancelled. Throws std::bad_alloc.
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
