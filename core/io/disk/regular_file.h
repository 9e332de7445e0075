// SPDX-License-Identifier: Apache-2.0
// A regular file, or a part of one, opened for reading.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace nms {

/// Owns a file descriptor. Reads are positioned (pread): a file that is truncated while it is open causes an error, not a
/// signal as with a memory mapping. Any thread.
class RegularFile
{
public:
    /// Io error if the file is missing, not readable or not a regular file; never blocks on a FIFO.
    static Result<RegularFile> open(const std::string &path);
    /// Takes ownership of a descriptor that is open for reading; `path` is its name in messages. Io error if it is not a
    /// regular file.
    static Result<RegularFile> ofDescriptor(const std::string &path, int descriptor);
    /// The same file restricted to `bytes` bytes from `offset` on: a file inside another. Input error if the file ends
    /// before that.
    Result<RegularFile> window(std::int64_t offset, std::int64_t bytes) &&;
    RegularFile(RegularFile &&other) noexcept;
    RegularFile &operator=(RegularFile &&other) noexcept;
    ~RegularFile();

    const std::string &path() const { return m_path; }
    std::int64_t size() const { return m_size; } // bytes, at the time of opening; for a window: its own
    std::int64_t offset() const { return m_offset; } // of a window in its file; otherwise 0
    int descriptor() const { return m_descriptor; } // of the whole file, also for a window

    /// Fills `out` from `offset` (within the window) on; Input error if the file, or the window, ends before that.
    Status readAt(std::int64_t offset, std::span<std::byte> out) const;

private:
    RegularFile(std::string path, int descriptor, std::int64_t size);
    std::string m_path;
    int m_descriptor = -1;
    std::int64_t m_size = 0;
    std::int64_t m_offset = 0;
};

/// strerror(), thread-safe.
std::string systemText(int error);

} // namespace nms
