// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/bench_run.h"

#include <string>

namespace nms::cli {

/// Time against gap as a PNG: a panel for each pattern, both axes logarithmic, a colour and a shape for each method; the
/// first data that was measured. Needs neither a display nor an application object. Io error where the file cannot be
/// written.
Status drawBench(const BenchResult &result, const std::string &file);

} // namespace nms::cli
