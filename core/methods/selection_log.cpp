// SPDX-License-Identifier: Apache-2.0
#include "core/methods/selection_log.h"

#include "core/methods/factory.h"

#include <array>

namespace nms {

bool logSelection(const SolveOptions &options, SimdLevel level, const std::stop_token &stop, RoundingLog &log)
{
    const bool isGreedy = options.method == Method::Greedy, isSwap = options.method == Method::GreedySwap,
               isCycle = options.method == Method::CycleSwap;
    if (!isGreedy && !isSwap && !isCycle)
        return false;
    if (log.scores().maximum() == 0) {
        log.takeBand();
        return true;
    }
    if (options.warmStart) {
        TileMask start;
        makeStartSource(options, level)->mask(log.scores(), stop, start);
        log.startFrom(start);
    }
    log.selectGreedily();
    log.swapUntilFull(isGreedy ? Rounding::Choice::First : Rounding::Choice::Best);
    if (isCycle || (isSwap && options.warmStart))
        log.exchange();
    return true;
}

std::span<const Projection> projectionsOf(Method method)
{
    static constexpr std::array all = {Projection::Rows, Projection::Columns, Projection::Cap};
    if (!hasIterations(method))
        return {};
    // Those of `capped` include the cap, and the plan of `exact` never exceeds it.
    return method == Method::Dykstra ? std::span(all) : std::span(all).first(2);
}

} // namespace nms
