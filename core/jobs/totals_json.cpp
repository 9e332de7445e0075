// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/totals_json.h"

namespace nms::jobs {

nlohmann::json totalsToJson(const SolutionTotals &totals)
{
    return {{"tiles", totals.tiles},
            {"objective", totals.objective},
            {"upper_bound", totals.upperBound},
            {"relative_gap", totals.relativeGap},
            {"worst_gap", totals.worstGap},
            {"worst_tile", totals.worstTile},
            {"worst_residual", totals.worstResidual},
            {"not_converged", totals.notConverged},
            {"iterations_max", totals.mostIterations},
            {"iterations_sum", totals.iterations}};
}

SolutionTotals totalsFromJson(const nlohmann::json &object)
{
    SolutionTotals totals;
    object.at("tiles").get_to(totals.tiles);
    object.at("objective").get_to(totals.objective);
    object.at("upper_bound").get_to(totals.upperBound);
    object.at("relative_gap").get_to(totals.relativeGap);
    object.at("worst_gap").get_to(totals.worstGap);
    object.at("worst_tile").get_to(totals.worstTile);
    object.at("worst_residual").get_to(totals.worstResidual);
    object.at("not_converged").get_to(totals.notConverged);
    object.at("iterations_max").get_to(totals.mostIterations);
    object.at("iterations_sum").get_to(totals.iterations);
    return totals;
}

} // namespace nms::jobs
