// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bench/suite.h"
#include "core/view/heatmap_scene.h"

#include <functional>

namespace nms::cli {

/// Time against gap: one panel for each pattern, both axes logarithmic, a colour and a marker for each method; for the first
/// data set that was measured. Needs neither a display nor an application object.
using BenchPlotter = std::function<Image(const bench::BenchResult &result)>;

/// Unsupported in a program that is built without Qt.
Result<BenchPlotter> benchPlotter();

} // namespace nms::cli
