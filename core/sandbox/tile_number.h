// SPDX-License-Identifier: Apache-2.0
// Single numbers of tiles as text, the same in every locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nms {

/// A whole word as a number: "12", "-0.5", "+1e-3", ".5", "inf". A minus sign may also be U+2212. Empty for anything else,
/// NaN and numbers beyond the range of double included.
std::optional<double> parseTileNumber(std::string_view word);

/// The shortest text that is read as exactly this number: "0.1", "1e+20", "inf".
std::string tileNumberText(double number);

} // namespace nms
