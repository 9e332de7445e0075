// SPDX-License-Identifier: Apache-2.0
#include "core/base/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <system_error>

namespace nms {

namespace {

/// As printf would, but with a decimal point in every locale: Qt sets the user's.
std::string written(double value, std::chars_format format, int precision)
{
    std::array<char, 400> buffer{}; // 10³⁰⁸ has 309 digits
    const auto [end, error] = std::to_chars(buffer.begin(), buffer.end(), value, format, precision);
    return {buffer.begin(), error == std::errc() ? end : buffer.begin()};
}

std::string twoDigits(long long number)
{
    return std::string(number < 10 ? 1 : 0, '0') + std::to_string(number);
}

} // namespace

std::string formatFixed(double value, int decimals)
{
    return written(value, std::chars_format::fixed, decimals);
}

std::string formatShape(const std::vector<std::int64_t> &shape)
{
    std::string text;
    for (const std::int64_t side : shape)
        text += (text.empty() ? "" : "×") + std::to_string(side);
    return text.empty() ? "scalar" : text;
}

std::string formatCount(std::int64_t count, std::string_view gap)
{
    std::string text = std::to_string(count);
    for (std::size_t end = text.size(); end > 3 && end - 3 > (count < 0 ? 1U : 0U); end -= 3)
        text.insert(end - 3, gap);
    return text;
}

std::string formatBytes(double bytes)
{
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit)
        bytes /= 1024;
    return formatFixed(bytes, unit > 0 && bytes < 10 ? 1 : 0) + " " + units[unit];
}

std::string formatSeconds(double seconds)
{
    if (seconds < 1e-3)
        return formatFixed(seconds * 1e6, 0) + " µs";
    if (seconds < 1)
        return formatFixed(seconds * 1e3, seconds < 0.01 ? 1 : 0) + " ms";
    if (seconds < 60)
        return formatFixed(seconds, seconds < 10 ? 2 : 1) + " s";
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + twoDigits(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + twoDigits(whole % 3600 / 60) + " min";
}

std::string formatNumber(double value, int digits)
{
    return written(value, std::chars_format::general, digits);
}

std::string formatReading(double value)
{
    if (!std::isfinite(value))
        return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    const double size = std::abs(value);
    if (size == 0)
        return "0";
    if (size < 1e-4 || size >= 1e6)
        return written(value, std::chars_format::scientific, 2);
    if (size < 1)
        return formatFixed(value, 4);
    return formatFixed(value, size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0);
}

std::string formatPercent(double fraction)
{
    return formatShare(fraction, 2);
}

std::string formatShare(double fraction, int digits)
{
    const double value = 100 * fraction;
    if (!std::isfinite(value))
        return "–";
    const double size = std::abs(value);
    if (size < 1e-7)
        return "0 %";
    if (size < 1e-4)
        return "< 0.0001 %";
    const double rounded =
        size * (1 + 0.5 * std::pow(10.0, -digits)); // 9.996 is written "10", with as many decimals as a 10
    const int decimals = std::clamp(digits - 1 - int(std::floor(std::log10(rounded))), 0, 4);
    return formatFixed(value, decimals) + " %";
}

std::string formatPercent(double fraction, int decimals)
{
    return fraction == 0 ? "0" : formatFixed(fraction * 100, decimals) + " %";
}

std::string withoutEndZeros(std::string text)
{
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string number = text.substr(0, end);
    if (number.find('.') == std::string::npos || number.find('e') != std::string::npos)
        return text;
    std::size_t kept = number.find_last_not_of('0') + 1;
    if (number[kept - 1] == '.')
        --kept;
    return text.erase(kept, end - kept);
}

} // namespace nms
