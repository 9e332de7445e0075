// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace nms {

std::optional<double> parseTileNumber(std::string_view word)
{
    constexpr std::string_view minus = "\u2212";
    double sign = 1;
    if (word.starts_with('-')) {
        sign = -1;
        word.remove_prefix(1);
    } else if (word.starts_with(minus)) {
        sign = -1;
        word.remove_prefix(minus.size());
    } else if (word.starts_with('+')) {
        word.remove_prefix(1);
    }
    if (word == "inf" || word == "Inf" || word == "\u221e")
        return sign * std::numeric_limits<double>::infinity();
    if (word.empty() || !((word.front() >= '0' && word.front() <= '9') || word.front() == '.'))
        return {};
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size())
        return {};
    return sign * number;
}

std::string tileNumberText(double number)
{
    std::array<char, 32> text = {};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::string(text.data(), end) : std::string();
}

} // namespace nms
