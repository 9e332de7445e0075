// SPDX-License-Identifier: Apache-2.0
// NumPy's files, made from nothing but their formats' definitions, so that each number in them can be wrong.
#pragma once

#include <cstdint>
#include <string>

namespace nms::test {

/// `value` in `bytes` bytes, little-endian.
inline std::string littleEndian(std::uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += char(value >> (8 * i) & 0xff);
    return text;
}

/// An array file: signature, version, length of the dict, the dict, the data.
inline std::string npyBytes(const std::string &dict, const std::string &data, int version = 1)
{
    return "\x93NUMPY" + littleEndian(std::uint64_t(version), 2) + littleEndian(dict.size(), version == 1 ? 2 : 4) + dict +
        data;
}

} // namespace nms::test
