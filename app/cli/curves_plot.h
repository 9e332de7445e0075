// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/suite.h"

#include <QImage>

namespace nms::cli {

/// Error against time: in a panel for each pattern and data set a line for each entropic method, rounding and τ, through its
/// numbers of iterations T, and a mark for each other method. Needs an application object.
QImage drawCurves(const bench::BenchResult &result);

} // namespace nms::cli
