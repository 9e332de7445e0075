// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/bench_run.h"

#include <string>

namespace nms::cli {

/// A table for each pattern and data, then times and gaps of all patterns on the first data.
std::string benchToText(const BenchResult &result);

} // namespace nms::cli
