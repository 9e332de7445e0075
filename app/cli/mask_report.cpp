// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mask_report.h"

#include "app/cli/output.h"

#include <nlohmann/json.hpp>

namespace nms::cli {

namespace {

nlohmann::ordered_json numberOrNull(const std::optional<double> &number)
{
    return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

} // namespace

nlohmann::ordered_json toJson(const MaskReport &report)
{
    return {
        {"path", report.path},
        {"shape", report.shape},
        {"pattern", report.pattern.text()},
        {"method", report.method},
        {"objective", numberOrNull(report.objective)},
        {"upper_bound", numberOrNull(report.upperBound)},
        {"relative_gap", numberOrNull(report.relativeGap)},
        {"kept_fraction", report.keptFraction},
        {"tiles", report.tiles},
        {"seconds", report.seconds},
        {"kept_magnitude", numberOrNull(report.keptMagnitude)},
        {"relative_squared_error", numberOrNull(report.relativeSquaredError)},
    };
}

void addConvergence(nlohmann::ordered_json &entry, const SolutionTotals &totals, const SolveOptions &options)
{
    entry["not_converged"] = totals.notConverged;
    entry["worst_residual"] = totals.worstResidual;
    entry["worst_gap"] = totals.worstGap;
    entry["iterations_mean"] = totals.meanIterations();
    entry["iterations_max"] = totals.mostIterations;
    if (options.tolerance > 0 && isEntropic(options.method))
        entry["tolerance"] = options.tolerance;
    if (options.warmStart)
        entry["warm_start"] = nameOf(*options.warmStart);
}

void ConvergenceCount::add(const SolutionTotals &totals, const std::string &path)
{
    m_tiles += totals.tiles;
    m_notConverged += totals.notConverged;
    if (totals.worstResidual > m_worstResidual) {
        m_worstResidual = totals.worstResidual;
        m_worstPath = path;
    }
}

std::string originOf(const MaskEntry &entry)
{
    std::string text = entry.method.value_or("unknown");
    if (entry.warmStart)
        text += " from " + *entry.warmStart;
    if (entry.tolerance)
        text += ", stopped at " + formatNumber(*entry.tolerance * 100) + " %";
    return text;
}

void addOrigin(nlohmann::ordered_json &object, const MaskEntry &entry)
{
    if (entry.tolerance)
        object["tolerance"] = *entry.tolerance;
    if (entry.warmStart)
        object["warm_start"] = *entry.warmStart;
}

std::optional<std::string> ConvergenceCount::warning(const SolveOptions &options) const
{
    if (m_notConverged == 0)
        return std::nullopt;
    const std::string count = formatCount(m_notConverged) + " of " + formatCount(m_tiles) + " tiles ";
    if (!isEntropic(options.method))
        return count + "are not proven optimal; what that costs the certified gap bounds";
    const bool stoppedEarly = options.tolerance > options.residualLimit();
    return count + "have not converged: worst residual " + formatPercent(m_worstResidual, m_worstResidual < 0.1 ? 2 : 0) +
        " (in " + m_worstPath + "); give " + (stoppedEarly ? "a smaller --tolerance, " : "") +
        "more --iterations or a smaller --tau. What it costs the certified gap bounds";
}

} // namespace nms::cli
