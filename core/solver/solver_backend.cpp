// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solver_backend.h"

namespace nms {

Status SolverBackend::check(const SolveOptions &options, bool supported, const char *what) const
{
    if (!supported)
        return fail(ErrorKind::Unsupported, id(),
                    std::string("cannot ") + what + " by " + std::string(nameOf(options.method)),
                    "choose another method or the backend cpu");
    if (!canStart(options))
        return fail(ErrorKind::Unsupported, id(), "cannot start where another method ended",
                    "choose the backend cpu, or leave the warm start out");
    return options.validate();
}

Result<std::unique_ptr<WeightsSolver>> SolverBackend::startWeights(const SolveOptions &options)
{
    if (const Status status = checkSolve(options); !status)
        return fail(status.error());
    return makeScoresSolver(*this, options);
}

Result<Solution> SolverBackend::solveWeights(const WeightsView &weights, const SolveOptions &options,
                                             const Progress &progress)
{
    const auto solver = startWeights(options);
    if (!solver)
        return fail(solver.error());
    return (*solver)->solve(weights, progress);
}

} // namespace nms
