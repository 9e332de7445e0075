// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them, in messages and tables. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nms {

std::string formatShape(const std::vector<std::int64_t> &shape); // "384×1536"; "scalar" for no dimensions
std::string formatCount(std::int64_t count); // "12 400"
std::string formatNumber(double value); // six significant digits
std::string formatPercent(double fraction, int decimals); // "0.0631 %"; "0" for exactly nothing
std::string formatSeconds(double seconds); // "0.135 s", "2 min 05 s", "1 h 20 min"
std::string formatBytes(double bytes); // "256.0 MiB"

} // namespace nms
