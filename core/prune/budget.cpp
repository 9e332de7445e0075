// SPDX-License-Identifier: Apache-2.0
#include "core/prune/budget.h"

#include "core/base/number_text.h"

#include <queue>

namespace nms {

namespace {

double gainOf(const BudgetChoice &from, const BudgetChoice &to)
{
    return (from.error - to.error) / static_cast<double>(to.kept - from.kept);
}

/// Indices of the choices on the lower convex hull of error over kept weights, from the fewest kept weights to the least
/// error.
std::vector<std::size_t> hullOf(const std::vector<BudgetChoice> &choices)
{
    std::vector<std::size_t> hull = {0};
    for (std::size_t next = 1; next < choices.size(); ++next) {
        if (choices[next].kept <= choices[hull.back()].kept || choices[next].error >= choices[hull.back()].error)
            continue;
        while (hull.size() > 1 &&
               gainOf(choices[hull[hull.size() - 2]], choices[hull.back()]) <= gainOf(choices[hull.back()], choices[next]))
            hull.pop_back();
        hull.push_back(next);
    }
    return hull;
}

struct Step {
    double gain = 0;
    std::size_t part = 0;
    std::size_t onHull = 0; // index in the hull after this step
    bool operator<(const Step &other) const { return gain < other.gain || (gain == other.gain && part > other.part); }
};

/// Moves single parts to any better choice, as long as one fits into the budget and lowers the error.
void fillUp(std::span<const std::vector<BudgetChoice>> parts, std::int64_t left, std::vector<std::size_t> &chosen)
{
    while (true) {
        double best = 0;
        std::size_t bestPart = 0, bestChoice = 0;
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (std::size_t next = chosen[part] + 1; next < parts[part].size(); ++next) {
                const BudgetChoice &from = parts[part][chosen[part]], &to = parts[part][next];
                if (to.kept > from.kept && to.kept - from.kept <= left && gainOf(from, to) > best) {
                    best = gainOf(from, to);
                    bestPart = part;
                    bestChoice = next;
                }
            }
        if (best <= 0)
            return;
        left -= parts[bestPart][bestChoice].kept - parts[bestPart][chosen[bestPart]].kept;
        chosen[bestPart] = bestChoice;
    }
}

} // namespace

Result<std::vector<std::size_t>> shareBudget(std::span<const std::vector<BudgetChoice>> parts, std::int64_t budget)
{
    std::vector<std::vector<std::size_t>> hulls;
    std::vector<std::size_t> chosen(parts.size());
    std::priority_queue<Step> steps;
    std::int64_t left = budget;
    const auto offer = [&](std::size_t part, std::size_t onHull) {
        const std::vector<std::size_t> &hull = hulls[part];
        if (onHull < hull.size())
            steps.push({gainOf(parts[part][hull[onHull - 1]], parts[part][hull[onHull]]), part, onHull});
    };
    for (std::size_t part = 0; part < parts.size(); ++part) {
        left -= parts[part].front().kept;
        hulls.push_back(hullOf(parts[part]));
    }
    if (left < 0)
        return fail(ErrorKind::Usage, "budget",
                    formatCount(budget) + " weights are fewer than the sparsest patterns keep (" +
                        formatCount(budget - left) + ")",
                    "raise --budget, or offer sparser --patterns");
    for (std::size_t part = 0; part < parts.size(); ++part)
        offer(part, 1);
    while (!steps.empty()) {
        const Step step = steps.top();
        steps.pop();
        const std::vector<std::size_t> &hull = hulls[step.part];
        const std::int64_t more = parts[step.part][hull[step.onHull]].kept - parts[step.part][hull[step.onHull - 1]].kept;
        if (more > left)
            continue; // the later steps along this hull are skipped as well
        left -= more;
        chosen[step.part] = hull[step.onHull];
        offer(step.part, step.onHull + 1);
    }
    fillUp(parts, left, chosen);
    return chosen;
}

} // namespace nms
