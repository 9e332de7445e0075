// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/format.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace nms::overlay {

namespace {

template <class... Args> std::string print(const char *format, Args... args)
{
    std::array<char, 48> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, args...);
    return buffer.data();
}

std::string notFinite(double value)
{
    return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/// Without zeros at the end of the digits behind the point.
std::string trimmed(std::string text)
{
    if (text.find('.') == std::string::npos || text.find('e') != std::string::npos)
        return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text;
}

} // namespace

std::string number(double value)
{
    if (!std::isfinite(value))
        return notFinite(value);
    const double size = std::abs(value);
    if (size == 0)
        return "0";
    if (size < 1e-4 || size >= 1e6)
        return print("%.2e", value);
    if (size < 1)
        return print("%.4f", value);
    return print("%.*f", size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0, value);
}

std::string tidy(double value)
{
    return trimmed(number(value));
}

std::string percent(double share)
{
    if (!std::isfinite(share))
        return notFinite(share);
    const double value = share * 100;
    const double size = std::abs(value);
    if (size == 0)
        return "0 %";
    if (size < 1e-4)
        return print("%.0e %%", value);
    const int digits = size >= 9.95 ? 0 : size >= 0.995 ? 1 : size >= 0.0995 ? 2 : size >= 0.00995 ? 3 : 4;
    return trimmed(print("%.*f", digits, value)) + " %";
}

std::string cellValue(double value, int characters)
{
    if (!std::isfinite(value))
        return characters >= 3 ? notFinite(value).substr(0, std::size_t(characters)) : "?";
    if (value == std::round(value) && std::abs(value) < 100)
        return print("%.0f", value);
    for (int digits = 4; digits >= 0; --digits) {
        std::string text = print("%.*f", digits, value);
        // A leading zero tells nothing where room is short.
        if (int(text.size()) > characters) {
            const std::size_t zero = text.find("0.");
            if (zero == 0 || (zero == 1 && text[0] == '-'))
                text.erase(zero, 1);
        }
        if (int(text.size()) > characters)
            continue;
        const bool nothing = text.find_first_of("123456789") == std::string::npos;
        return nothing ? "0" : text; // rows of zeros behind the point only tire the eye
    }
    return characters >= 4 ? print("%.0e", value) : std::string();
}

} // namespace nms::overlay
