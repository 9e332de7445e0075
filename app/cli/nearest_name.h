// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace nms::cli {

/// The name that `typed` was probably meant to be: the one that the fewest letters inserted, left out, replaced or swapped
/// with their neighbour make of it, at most a third of it (but one); empty without any so near.
std::string_view nearestName(std::string_view typed, std::span<const std::string_view> names);

} // namespace nms::cli
