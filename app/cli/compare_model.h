// SPDX-License-Identifier: Apache-2.0
// What `compare --target` prints.
#pragma once

#include "core/jobs/model_overview.h"

#include <string>

namespace nms::cli {

/// A table of tensors: the share that each pattern keeps, what transposability costs, and the smallest sufficient N of each
/// M; the last line is the whole model.
std::string toTable(const jobs::ModelOverview &model);

} // namespace nms::cli
