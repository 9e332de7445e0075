// SPDX-License-Identifier: Apache-2.0
#include "ui/models/pattern_list.h"

#include <algorithm>
#include <string>

namespace nms {

namespace {

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The patterns of one part: "3:5", or "1-7:8".
Result<std::vector<NmPattern>> parsePart(std::string_view part)
{
    const std::size_t dash = part.find('-'), colon = part.find(':');
    if (dash == std::string_view::npos || colon == std::string_view::npos || dash > colon) {
        const Result<NmPattern> pattern = NmPattern::parse(part);
        if (!pattern)
            return fail(pattern.error());
        return std::vector<NmPattern>{*pattern};
    }
    const std::string ofM(part.substr(colon));
    const Result<NmPattern> first = NmPattern::parse(std::string(trimmed(part.substr(0, dash))) + ofM);
    const Result<NmPattern> last = NmPattern::parse(trimmed(part.substr(dash + 1)));
    if (!first || !last)
        return fail(first ? last.error() : first.error());
    if (first->n > last->n)
        return fail(ErrorKind::Usage, std::string(part), "ends before it begins", "write the smaller N first, as 1-7:8");
    std::vector<NmPattern> patterns;
    for (int n = first->n; n <= last->n; ++n)
        patterns.push_back({n, last->m});
    return patterns;
}

} // namespace

Result<std::vector<NmPattern>> parsePatterns(std::string_view text)
{
    std::vector<NmPattern> patterns;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view part = trimmed(text.substr(begin, end - begin));
        begin = end + 1;
        if (part.empty())
            continue;
        const Result<std::vector<NmPattern>> more = parsePart(part);
        if (!more)
            return fail(more.error());
        for (const NmPattern &pattern : *more)
            if (std::find(patterns.begin(), patterns.end(), pattern) == patterns.end())
                patterns.push_back(pattern);
    }
    if (patterns.empty())
        return fail(ErrorKind::Usage, "patterns", "there is none", "type some, as 3:5, 10:16 or 1-7:8");
    return patterns;
}

} // namespace nms
