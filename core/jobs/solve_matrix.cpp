// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_matrix.h"

#include "core/solver/hand_over.h"

namespace nms::jobs {

Result<Solution> solveMatrix(SolverBackend &backend, Span2d<const float> score, const SolveOptions &options,
                             const Progress &progress)
{
    Result<Solution> solution = backend.solve(score, options, progress);
    if (solution)
        if (const Status checked = checkSolution(*solution, score, options.threads); !checked)
            return fail(checked.error());
    return solution;
}

} // namespace nms::jobs
