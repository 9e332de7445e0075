// SPDX-License-Identifier: Apache-2.0
#include "app/cli/compare_model.h"

#include "app/cli/output.h"

#include <algorithm>
#include <set>

namespace nms::cli {

namespace {

/// "75.92 % (−2.31)": what the transposable mask keeps, and in percentage points how much less that is than N:M along rows.
std::string costText(const std::vector<jobs::PatternCost> &costs, NmPattern pattern)
{
    const auto found =
        std::find_if(costs.begin(), costs.end(), [&](const jobs::PatternCost &cost) { return cost.pattern == pattern; });
    if (found == costs.end())
        return "–";
    return formatFixed(100 * found->transposable.share(), 2) + " % (−" + formatFixed(100 * found->price(), 2) + ")";
}

std::string sufficientText(const std::vector<jobs::SufficientPattern> &patterns, int m)
{
    const auto found = std::find_if(patterns.begin(), patterns.end(),
                                    [&](const jobs::SufficientPattern &one) { return one.pattern.m == m; });
    return found == patterns.end() ? "–" : found->pattern.text();
}

} // namespace

std::string toTable(const jobs::ModelOverview &model)
{
    std::set<int> sides;
    std::vector<std::string> head{"tensor", "shape"};
    for (const jobs::PatternCost &cost : model.costs)
        head.push_back(cost.pattern.text());
    for (const jobs::SufficientPattern &one : model.sufficient)
        if (sides.insert(one.pattern.m).second)
            head.push_back("M = " + std::to_string(one.pattern.m));
    TextTable table(head);
    const auto addRow = [&](const std::string &name, const std::string &shape, const std::vector<jobs::PatternCost> &costs,
                            const std::vector<jobs::SufficientPattern> &sufficient) {
        std::vector<std::string> cells{name, shape};
        for (const jobs::PatternCost &cost : model.costs)
            cells.push_back(costText(costs, cost.pattern));
        for (const int m : sides)
            cells.push_back(sufficientText(sufficient, m));
        table.addRow(cells);
    };
    for (const jobs::TensorOverview &one : model.tensors)
        addRow(printable(one.tensor.path), formatShape(one.tensor.shape), one.costs, one.sufficient);
    addRow("whole model", "", model.costs, model.sufficient);
    return table.text() +
        "N:M: what the best transposable mask keeps of the score (by how many points that is less than N:M "
        "along rows alone);\nM = …: the smallest N with which it keeps " +
        withoutTrailingZeros(formatPercent(model.target)) + "\n" + textOf(model.skipped);
}

} // namespace nms::cli
