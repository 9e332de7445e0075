// SPDX-License-Identifier: Apache-2.0
#include "app/cli/nearest_name.h"

#include <algorithm>
#include <vector>

namespace nms::cli {

/// Optimal string alignment: Levenshtein's distance, with neighbours swapped at a cost of one.
static std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
    }
    return last[b.size()];
}

std::string_view nearestName(std::string_view typed, std::span<const std::string_view> names)
{
    const std::size_t most = std::max<std::size_t>(1, typed.size() / 3);
    std::string_view nearest;
    std::size_t least = most + 1;
    for (const std::string_view name : names)
        if (const std::size_t away = distance(typed, name); away < least) {
            least = away;
            nearest = name;
        }
    return nearest;
}

} // namespace nms::cli
