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
    std::int64_t bytes = 0; // size of an element; 0 if the name does not determine it
    bool bigEndian = false;
    std::string unreadable; // why elements are not read; empty when they are
    std::string note; // an assumption that was made to read them; empty if none
    bool holdsNumbers = true; // false for text

    /// From a descr. Without a byte order ("=f4", "f4") little-endian is assumed: NumPy always writes the order.
    static NpyType named(std::string_view descr);
    static NpyType structured();
};

} // namespace nms
