// SPDX-License-Identifier: Apache-2.0
// openWeights for core/io itself, which also wants the facts beside the tensors. Private to core/io.
#pragma once

#include "core/io/file_source.h"
#include "core/io/memory_tensor.h"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// As openWeights (weights_file.h).
Result<std::unique_ptr<FileSource>> openFileSource(const std::string &file, const std::stop_token &stop);
/// As openMemory (memory_source.h).
Result<std::unique_ptr<FileSource>> openMemorySource(std::string name, std::vector<MemoryTensor> tensors,
                                                     std::string format = "memory");

} // namespace nms
