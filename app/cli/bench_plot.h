// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/suite.h"

#include <QImage>

namespace nms::cli {

/// Time against gap: a panel for each pattern, both axes logarithmic, a colour and a shape for each method; the first data
/// that was measured. Needs neither a display nor an application object.
QImage drawBench(const bench::BenchResult &result);

} // namespace nms::cli
