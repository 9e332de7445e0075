// SPDX-License-Identifier: Apache-2.0
#include "core/methods/solve_options.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace nms {

namespace {

std::vector<Method> startable()
{
    std::vector<Method> methods;
    std::ranges::copy_if(offeredMethods(), std::back_inserter(methods),
                         [](Method method) { return !warmStartsOf(method).empty(); });
    return methods;
}

} // namespace

Status SolveOptions::validate() const
{
    if (!pattern.valid())
        return fail(ErrorKind::Usage, "pattern " + pattern.text(), "no such pattern", "1 ≤ N ≤ M ≤ 64, keep N of every M");
    if (!std::isfinite(tau) || tau <= 0)
        return fail(ErrorKind::Usage, "tau", "must be a finite number above 0", "100 suits most weights");
    if (iterations < 1 || iterations > 1'000'000)
        return fail(ErrorKind::Usage, "iterations", std::to_string(iterations) + " is out of range",
                    "give 1 to 1000000; 300 suits most weights");
    if (!(tolerance >= 0 && tolerance < 1)) // false for NaN
        return fail(ErrorKind::Usage, "tolerance", "must be at least 0 and below 1",
                    "it is a relative residual, 0.001 is strict; 0 stops by the number of iterations alone");
    if (warmStart) {
        const std::span<const Method> sources = warmStartsOf(method);
        if (std::find(sources.begin(), sources.end(), *warmStart) == sources.end())
            return fail(ErrorKind::Usage, "warm start",
                        std::string(nameOf(method)) + " cannot start from " + std::string(nameOf(*warmStart)),
                        sources.empty() ? "it starts from nothing; " + listOf(startable()) + " start from others"
                                        : "it starts from " + listOf(sources));
    }
    if (paperSwaps && !isEntropic(method))
        return fail(ErrorKind::Usage, "rounding", std::string(nameOf(method)) + " has no plan to round",
                    "the paper's rounding is for dykstra and capped");
    if (paperSwaps && *paperSwaps < 0)
        return fail(ErrorKind::Usage, "rounding", std::to_string(*paperSwaps) + " swaps are out of range", "give 0 or more");
    if (threads < 0)
        return fail(ErrorKind::Usage, "threads", std::to_string(threads) + " is out of range", "0 uses all cores");
    return {};
}

} // namespace nms
