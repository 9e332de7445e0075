// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/lesson.h"

#include <algorithm>
#include <cstdlib>

namespace nms::lesson {

bool Figure::isPercent() const
{
    return printed.ends_with('%');
}

/// Digits alone, with a hyphen as the minus sign: "−1 234.5 %" is "-1234.5".
static std::string digitsOf(const std::string &printed)
{
    constexpr std::string_view minus = "−";
    std::string digits;
    for (std::size_t at = 0; at < printed.size(); ++at)
        if (printed.compare(at, minus.size(), minus) == 0)
            digits += '-';
        else if (std::string_view("0123456789.-").find(printed[at]) != std::string_view::npos)
            digits += printed[at];
    return digits;
}

double Figure::value() const
{
    return std::strtod(digitsOf(printed).c_str(), nullptr);
}

int Figure::decimals() const
{
    const std::string digits = digitsOf(printed);
    const std::size_t point = digits.find('.');
    return point == std::string::npos ? 0 : int(digits.size() - point - 1);
}

const Case *Lesson::find(std::string_view caseName) const
{
    const auto found = std::ranges::find(cases, caseName, &Case::name);
    return found == cases.end() ? nullptr : &*found;
}

std::optional<State> Lesson::stateAt(std::size_t step) const
{
    std::optional<State> state;
    std::string name;
    for (std::size_t k = 0; k <= step && k < steps.size(); ++k)
        if (steps[k].state) {
            state = steps[k].state;
            if (!state->caseName.empty())
                name = state->caseName;
        }
    if (state)
        state->caseName = name;
    return state;
}

} // namespace nms::lesson
