// SPDX-License-Identifier: Apache-2.0
// A regular file, opened for reading.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace nms {

/// Owns a file descriptor. Reads are positioned (pread): a file that shrinks meanwhile gives an error, not a signal as
/// a mapping would. Any thread.
class RegularFile
{
public:
    /// Io error for what is missing, not readable or no regular file; never blocks on a FIFO.
    static Result<RegularFile> open(const std::string &path);
    RegularFile(RegularFile &&other) noexcept;
    RegularFile &operator=(RegularFile &&other) noexcept;
    ~RegularFile();

    const std::string &path() const { return m_path; }
    std::int64_t size() const { return m_size; } // bytes, when it was opened

    /// Fills `out` from `offset`; Input error when the file ends before.
    Status readAt(std::int64_t offset, std::span<std::byte> out) const;

private:
    RegularFile(std::string path, int descriptor, std::int64_t size);
    std::string m_path;
    int m_descriptor = -1;
    std::int64_t m_size = 0;
};

/// strerror(), thread-safe.
std::string systemText(int error);

} // namespace nms
