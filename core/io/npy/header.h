// SPDX-License-Identifier: Apache-2.0
// Parses and checks the header of a NumPy array (.npy, versions 1.0 to 3.0).
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Private to core/io.
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace nms {

constexpr std::string_view npyMagic("\x93NUMPY", 6);
/// Longest header that is read; NumPy itself accepts at most 10,000 characters from untrusted files.
constexpr std::int64_t npyHeaderLimit = 1 << 20;

/// Reads bytes from `offset` on in what holds one array: a file, or a member of an archive.
using ReadAt = std::function<Status(std::int64_t offset, std::span<std::byte> out)>;

struct NpyHeader {
    TensorInfo tensor; // without its path; `layout` includes the order
    bool bigEndian = false;
    bool fortranOrder = false; // only with two dimensions or more: otherwise the order makes no difference
    std::int64_t dataOffset = 0; // from the beginning of the file or member
    std::int64_t trailingBytes = 0; // after the array; they are not read
};

/// Reads the header of an array; `bytes` is the size of what `readAt` reads. Checked: magic and version; a dict literal with
/// exactly descr, fortran_order and shape, in any order and with either kind of quotes; the array's size, without overflow,
/// against `bytes`. Arrays of types that are not supported (complex numbers, strings, structures; Python objects, which are
/// never unpickled) are unreadable, with the reason. Two-byte opaque elements are read as bf16, as NumPy stores it, and
/// TensorInfo::note says so. Input error naming `where`, Unsupported for another version, or the error of `readAt`.
Result<NpyHeader> readNpyHeader(const ReadAt &readAt, std::int64_t bytes, const std::string &where);

} // namespace nms
