// SPDX-License-Identifier: Apache-2.0
// openWeights for core/io itself, which also wants the facts beside the tensors. Private to core/io.
#pragma once

#include "core/io/file_source.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms {

/// As openWeights (weights_file.h).
Result<std::unique_ptr<FileSource>> openFileSource(const std::string &file, const std::stop_token &stop);

} // namespace nms
