// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/suite.h"

#include <QImage>

namespace nms::cli {

/// Time against gap: one panel for each pattern, both axes logarithmic, a colour and a marker for each method; for the first
/// data set that was measured. Needs neither a display nor an application object.
QImage drawBench(const bench::BenchResult &result);

} // namespace nms::cli
