// SPDX-License-Identifier: Apache-2.0
// The header of a NumPy array (.npy, versions 1.0 to 3.0): parsing with every check before anything is believed.
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
/// Longest header that is read; NumPy itself takes no more than 10,000 characters from files it does not trust.
constexpr std::int64_t npyHeaderLimit = 1 << 20;

/// Reads bytes from `offset` on of what holds one array: a file, or a member of an archive.
using ReadAt = std::function<Status(std::int64_t offset, std::span<std::byte> out)>;

struct NpyHeader {
    TensorInfo tensor; // without its path; `layout` says in which order it lies
    bool bigEndian = false;
    bool fortranOrder = false; // and it makes a difference: at least two dimensions
    std::int64_t dataOffset = 0; // from the beginning
    std::int64_t trailingBytes = 0; // behind the array: nothing of it is read
};

/// The header of an array for which `readAt` gives `bytes` bytes. Checked: magic and version; a dict literal with exactly
/// descr, fortran_order and shape, in any order and either kind of quotes; the array's size, without overflow, against
/// `bytes`. Elements of types that we do not read (complex numbers, texts, structures; Python objects, which are never
/// unpickled) make it unreadable, with the reason. Two-byte opaque elements are read as bf16, which NumPy stores so, and
/// TensorInfo::note says it. Input error naming `where`, or what `readAt` fails with.
Result<NpyHeader> readNpyHeader(const ReadAt &readAt, std::int64_t bytes, const std::string &where);

} // namespace nms
