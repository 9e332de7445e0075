// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/suite.h"

#include <string>
#include <vector>

namespace nms::bench {

struct Table {
    std::string title;
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows; // as wide as the head; "–" where there is no value
};

/// One for each pattern and data set, then times and gaps of all patterns on the first data set. Columns without any value
/// are left out.
std::vector<Table> tablesOf(const BenchResult &result);

/// Where curves were measured: for each pattern, data set, entropic method and rounding, the mean gap and the time with τ as
/// rows and numbers of iterations as columns; then the other methods as points.
std::vector<Table> curveTablesOf(const BenchResult &result);

/// Where and how it was measured, and what the columns mean: text for the user.
std::string legendOf(const BenchResult &result);

} // namespace nms::bench
