// SPDX-License-Identifier: Apache-2.0
// The method `exact`: selects its solver by the size of the tiles.
#include "core/methods/exact/exact_tile.h"
#include "core/methods/exact/small_exact.h"
#include "core/methods/method.h"
#include "core/methods/solve_options.h"

#include <array>

namespace nms {

namespace {

constexpr std::array starts = {Method::Dykstra,    Method::Capped, Method::Greedy,
                               Method::GreedySwap, Method::BiNm,   Method::Max1000};

std::unique_ptr<IterativeTile> makeExactTile(const SolveOptions &options, SimdLevel level)
{
    return std::make_unique<ExactTile>(options.pattern, level);
}

std::unique_ptr<RunSolver> makeExactRuns(const SolveOptions &options, SimdLevel level)
{
    if (options.pattern.m <= ExactTable::maxM)
        return std::make_unique<ExactTable>(options.pattern, level);
    if (options.pattern.m <= ExactSweeps::maxM)
        return std::make_unique<ExactSweeps>(options.pattern, level);
    return std::make_unique<ExactRuns>(options.pattern, level);
}

} // namespace

const MethodTraits exactTraits = {.method = Method::Exact,
                                  .name = "exact",
                                  .title = "Exact (proven)",
                                  .comparedByDefault = true,
                                  .provesOptimum = true,
                                  .warmStarts = starts,
                                  .device = DeviceProgram::Exact,
                                  .makeIterative = makeExactTile,
                                  .makeRun = makeExactRuns};

} // namespace nms
