// SPDX-License-Identifier: Apache-2.0
// Files that come with the program. Empty where they are not there.
#pragma once

#include <string>

namespace nms {

/// Real weights to start with.
std::string sampleWeightsFile();

} // namespace nms
