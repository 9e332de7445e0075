// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mask_text.h"

#include "core/base/number_text.h"

namespace nms::cli {

std::string originOf(const MaskEntry &entry)
{
    std::string text = entry.method.value_or("unknown");
    if (entry.warmStart)
        text += " from " + *entry.warmStart;
    if (entry.tolerance)
        text += ", stopped at " + formatNumber(*entry.tolerance * 100) + " %";
    return text;
}

std::optional<std::string> warningOf(const jobs::Convergence &convergence, const SolveOptions &options)
{
    if (convergence.notConverged == 0)
        return std::nullopt;
    const std::string count = formatCount(convergence.notConverged) + " of " + formatCount(convergence.tiles) + " tiles ";
    if (!isEntropic(options.method))
        return count + "are not proven optimal; what that costs the certified gap bounds";
    const bool stoppedEarly = options.tolerance > options.residualLimit();
    const double worst = convergence.worstResidual;
    return count + "have not converged: worst residual " + formatPercent(worst, worst < 0.1 ? 2 : 0) + " (in " +
        convergence.worstPath + "); give " + (stoppedEarly ? "a smaller --tolerance, " : "") +
        "more --iterations or a smaller --tau. What it costs the certified gap bounds";
}

} // namespace nms::cli
