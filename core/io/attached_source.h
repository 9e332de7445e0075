// SPDX-License-Identifier: Apache-2.0
// Opens attached tensors. Private to core/io.
#pragma once

#include "core/io/file_source.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms {

/// A source of the tensors that are attached under `name` (attached_tensors.h). Io error if nothing is, or not any longer.
Result<std::unique_ptr<FileSource>> openAttached(const std::string &name, const std::stop_token &stop);

} // namespace nms
