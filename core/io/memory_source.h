// SPDX-License-Identifier: Apache-2.0
// Tensors that lie in somebody's memory, read as if they were in a file: what solves, compares or prunes files takes them,
// too.
#pragma once

#include "core/io/memory_tensor.h"
#include "core/tensor/tensor_source.h"

#include <memory>
#include <string>
#include <vector>

namespace nms {

/// A source of these tensors, which must stay as they are while it is read. `name` stands for the file's in errors;
/// names of tensors are unique. `format` is what the order of dimensions is told by: "safetensors" is PyTorch's. Usage error
/// naming tensor and axes where these do not go with its shape. Nothing is copied but what a caller asks to read.
Result<std::unique_ptr<TensorSource>> openMemory(std::string name, std::vector<MemoryTensor> tensors,
                                                 std::string format = "memory");

} // namespace nms
