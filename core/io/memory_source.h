// SPDX-License-Identifier: Apache-2.0
// Tensors that lie in somebody's memory, read as if they were in a file: what solves, compares or prunes files takes them,
// too.
#pragma once

#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// A source of these tensors, which must stay as they are while it is read. `name` stands for the file's in errors;
/// names of tensors are unique. `format` is what the order of dimensions is told by: "safetensors" is PyTorch's. Usage error
/// naming tensor and axes where these do not go with its shape. Nothing is copied but what a caller asks to read.
Result<std::unique_ptr<TensorSource>> openMemory(std::string name, std::vector<MemoryTensor> tensors,
                                                 std::string format = "memory");

} // namespace nms
