// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <string_view>
#include <vector>

namespace nms {

/// Reads patterns as a person types them: "3:5, 10:16" or "1-7:8" for every N from 1 to 7. Each pattern once, in the order
/// typed. A Usage error names the part that is wrong.
Result<std::vector<NmPattern>> parsePatterns(std::string_view text);

} // namespace nms
