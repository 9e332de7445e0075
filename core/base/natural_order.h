// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nms {

/// Orders names as people count: "layer.2" before "layer.10". Digits are compared by value, everything else by bytes; where
/// that leaves two alike ("a1", "a01"), by bytes altogether, so that only equal names are neither before the other.
bool comesBefore(std::string_view a, std::string_view b);

} // namespace nms
