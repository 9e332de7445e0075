// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_feasibility.h"

#include "core/base/number_text.h"
#include "core/sandbox/transport_flow.h"

#include <cmath>
#include <numeric>

namespace nms {

namespace {

constexpr const char *where = "tile";

/// "row 3", "rows 1, 2 and 4"
std::string listed(const char *noun, const std::vector<int> &lines)
{
    std::string text = noun;
    if (lines.size() > 1)
        text += 's';
    for (std::size_t k = 0; k < lines.size(); ++k) {
        if (k > 0)
            text += k + 1 < lines.size() ? "," : " and";
        text += " " + std::to_string(lines[k] + 1);
    }
    return text;
}

} // namespace

Status validateTile(const TileProblem &tile)
{
    if (const Status numbers = tile.validateNumbers(); !numbers)
        return numbers;
    const double columnTotal = std::accumulate(tile.colSums.begin(), tile.colSums.end(), 0.0);
    const double tolerance = flowTolerance(tile);
    if (std::abs(tile.total() - columnTotal) > tolerance)
        return fail(ErrorKind::Input, where,
                    "the row sums add up to " + formatNumber(tile.total(), 10) + ", the column sums to " +
                        formatNumber(columnTotal, 10),
                    "make the totals equal");
    const FlowShortage shortage = findShortage(tile);
    if (shortage.missing <= tolerance)
        return {};
    std::string what = listed("row", shortage.rows) + (shortage.rows.size() == 1 ? " needs " : " need ") +
        formatNumber(shortage.wanted, 10) + " in all, but the caps";
    if (!shortage.cols.empty())
        what +=
            " and the " + std::string(shortage.cols.size() == 1 ? "sum of " : "sums of ") + listed("column", shortage.cols);
    return fail(ErrorKind::Input, where, what + " leave room for " + formatNumber(shortage.wanted - shortage.missing, 10),
                "raise caps in " + std::string(shortage.rows.size() == 1 ? "that row" : "those rows") +
                    ", or move some of the sums elsewhere");
}

} // namespace nms
