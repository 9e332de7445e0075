// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nms {

/// One tensor. Element (i, j, …) begins bytesOf(dtype) · (i · strides[0] + j · strides[1] + …) bytes from `data`, which need
/// not be aligned. Nothing is owned.
struct MemoryTensor {
    std::string path = "tensor"; // its name; tells the axes where none are given
    std::vector<std::int64_t> shape = {};
    std::vector<std::int64_t> strides = {}; // in elements, one for each dimension, of either sign or 0
    DType dtype = DType::F32;
    const std::byte *data = nullptr;
    std::string axes = {}; // letters (core/tensor/axes.h); empty: told by name and shape (core/tensor/layout.h)
};

} // namespace nms
