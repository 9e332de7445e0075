// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/nm_pattern.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace nms {

Result<NmPattern> NmPattern::parse(std::string_view text)
{
    const auto refuse = [&](std::string what) {
        return fail(ErrorKind::Usage, "pattern \"" + std::string(text) + "\"", std::move(what),
                    "write N:M, keep N of every M, as in 8:16");
    };
    const auto number = [](std::string_view digits, int &value) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    const std::size_t colon = text.find(':');
    NmPattern pattern;
    if (colon == std::string_view::npos || !number(text.substr(0, colon), pattern.n) ||
        !number(text.substr(colon + 1), pattern.m))
        return refuse("not two whole numbers with a colon between them");
    if (pattern.m < 1 || pattern.m > maxM)
        return refuse("M must lie between 1 and " + std::to_string(maxM));
    if (pattern.n < 1 || pattern.n > pattern.m)
        return refuse("N must lie between 1 and M: N is the number kept");
    return pattern;
}

std::string NmPattern::text() const
{
    return std::to_string(n) + ":" + std::to_string(m);
}

bool NmPattern::implies(const NmPattern &other) const
{
    const int period = std::lcm(m, other.m);
    for (int begin = 0; begin < period; begin += other.m) {
        const int end = begin + other.m;
        int most = 0;
        for (int group = begin / m * m; group < end; group += m)
            most += std::min(n, std::min(end, group + m) - std::max(begin, group));
        if (most > other.n)
            return false;
    }
    return true;
}

} // namespace nms
