// SPDX-License-Identifier: Apache-2.0
// Results as one HTML page that needs nothing else: no scripts, no fonts or pictures from elsewhere.
#pragma once

#include "core/jobs/compare_file.h"
#include "core/jobs/model_overview.h"

#include <string>

namespace nms::jobs {

/// Patterns × methods, a table for each tensor, with bars of the kept magnitude and the differences from the best mask at
/// the same pattern. UTF-8. Any text from the file is escaped.
std::string toHtml(const CompareReport &report);

/// Tensors × patterns with bars, what transposability costs, and the sufficient N of each M.
std::string toHtml(const ModelOverview &overview);

} // namespace nms::jobs
