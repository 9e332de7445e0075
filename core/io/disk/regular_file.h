// SPDX-License-Identifier: Apache-2.0
// A regular file, or a part of one, opened for reading.
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
    /// Takes over a descriptor that is open for reading; `path` is what messages call it. Io error where it is of no regular
    /// file.
    static Result<RegularFile> ofDescriptor(const std::string &path, int descriptor);
    /// The same file, of which no more is seen than `bytes` from `offset` on: a file inside of another. Input error where
    /// the file does not reach so far.
    Result<RegularFile> window(std::int64_t offset, std::int64_t bytes) &&;
    RegularFile(RegularFile &&other) noexcept;
    RegularFile &operator=(RegularFile &&other) noexcept;
    ~RegularFile();

    const std::string &path() const { return m_path; }
    std::int64_t size() const { return m_size; } // bytes, when it was opened; of a window: its own
    std::int64_t offset() const { return m_offset; } // of a window in its file; 0 otherwise
    int descriptor() const { return m_descriptor; } // of the whole file, also for a window

    /// Fills `out` from `offset` (within the window) on; Input error when the file, or the window, ends before.
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
