// SPDX-License-Identifier: Apache-2.0
#include "core/base/number_text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace nms {

namespace {

template <class... Args> std::string formatted(const char *format, Args... args)
{
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, args...);
    return buffer.data();
}

} // namespace

std::string formatShape(const std::vector<std::int64_t> &shape)
{
    std::string text;
    for (const std::int64_t side : shape)
        text += (text.empty() ? "" : "×") + std::to_string(side);
    return text.empty() ? "scalar" : text;
}

std::string formatCount(std::int64_t count)
{
    std::string text = std::to_string(count);
    for (std::size_t end = text.size(); end > 3 && end - 3 > (count < 0 ? 1U : 0U); end -= 3)
        text.insert(end - 3, 1, ' ');
    return text;
}

std::string formatNumber(double value)
{
    return formatted("%.6g", value);
}

std::string formatPercent(double fraction, int decimals)
{
    return fraction == 0 ? "0" : formatted("%.*f %%", decimals, fraction * 100);
}

std::string formatSeconds(double seconds)
{
    if (seconds < 60)
        return formatted("%.3f s", seconds);
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 3600)
        return formatted("%lld min %02lld s", whole / 60, whole % 60);
    return formatted("%lld h %02lld min", whole / 3600, whole % 3600 / 60);
}

std::string formatBytes(double bytes)
{
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit)
        bytes /= 1024;
    return unit == 0 ? formatted("%.0f B", bytes) : formatted("%.1f %s", bytes, units[unit]);
}

} // namespace nms
