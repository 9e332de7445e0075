// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them in the panels.
#pragma once

#include <string>

namespace nms::overlay {

std::string number(double value); // four significant digits: "0.0412", "98.21", "1.2e-05", "NaN"
std::string tidy(double value); // the same without trailing zeros: "1", "0.05"
std::string percent(double share); // two significant digits: 0.226 → "23 %", 0.0041 → "0.41 %", 0 → "0 %"
std::string cellValue(double value,
                      int characters); // the most precise form within `characters`: "0.8134", ".81", "0"; may be empty

} // namespace nms::overlay
