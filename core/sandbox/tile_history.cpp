// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_history.h"

#include "core/base/number_text.h"
#include "core/sandbox/sandbox_method.h"

#include <algorithm>
#include <cmath>

namespace nms {

Status SandboxOptions::validate() const
{
    constexpr double mostTau = 1e6;
    constexpr int mostIterations = 100'000;
    if (!sandboxMethodByName(method)) {
        std::string names;
        for (const SandboxMethod &known : sandboxMethods())
            names += (names.empty() ? "" : ", ") + std::string(known.name);
        return fail(ErrorKind::Usage, "method", "\"" + method + "\" is not known", "choose one of " + names);
    }
    if (!(tau > 0) || tau > mostTau)
        return fail(ErrorKind::Usage, "tau", formatNumber(tau) + " is out of range", "give a number above 0, up to 10⁶");
    if (iterations < 1 || iterations > mostIterations)
        return fail(ErrorKind::Usage, "iterations", std::to_string(iterations) + " is out of range", "give 1 to 100000");
    return {};
}

double TileHistory::gap(const TileIterate &iterate) const
{
    constexpr double least = 1e-300;
    return (optimum - iterate.objective) / std::max(std::abs(optimum), least);
}

} // namespace nms
