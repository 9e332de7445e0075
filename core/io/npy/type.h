// SPDX-License-Identifier: Apache-2.0
// Element types as NumPy writes them ("<f4"). Private to core/io.
#pragma once

#include "core/tensor/dtype.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nms {

struct NpyType {
    DType dtype = DType::Other;
    std::int64_t bytes = 0; // of an element; 0 where the name does not say
    bool bigEndian = false;
    std::string unreadable; // why elements are not read; empty when they are
    std::string note; // what was taken for granted to read them
    bool holdsNumbers = true; // false for text

    /// Of a descr. Where it names no byte order ("=f4", "f4") it is taken as little-endian: NumPy writes none of these.
    static NpyType named(std::string_view descr);
    static NpyType structured();
};

} // namespace nms
