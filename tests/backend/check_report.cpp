// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/check_report.h"

#include "tests/backend/agreement.h"
#include "tests/backend/cut_cases.h"

#include <algorithm>
#include <cstdio>

namespace nms::test {

bool report(const std::string &backend, const char *name, const Checks &checks)
{
    const char *verdict = checks.failed() > 0 ? "FAIL" : checks.skipped().empty() ? "ok  " : "SKIP";
    std::printf("%s  %-10s %-32s %6d checks", verdict, backend.c_str(), name, checks.done());
    if (!checks.skipped().empty())
        std::printf("  (%s)", checks.skipped().front().c_str());
    std::printf("\n");
    for (const std::string &failure : checks.failures())
        std::printf("      %s\n", failure.c_str());
    std::fflush(stdout);
    return checks.failed() == 0;
}

bool checkBackend(SolverBackend &backend)
{
    bool fine = true;
    for (const BackendCase &which : backendCases()) {
        Checks checks;
        which.run(backend, checks);
        fine &= report(backend.id(), which.name, checks);
    }
    return fine;
}

bool checkAgreement(SolverBackend &backend, SolverBackend &model)
{
    Checks checks;
    backendsAgree(backend, model, checks);
    return report(backend.id(), ("agreesWith " + model.id()).c_str(), checks);
}

bool checkCuts(SolverBackend &backend)
{
    const CutSolver solve = [&](Span2d<const float> weights, const SolveOptions &options, std::int64_t) {
        return solveHalves(backend, weights, options);
    };
    Checks checks;
    for (const int m : cutSides)
        for (const Method method : offeredMethods()) {
            SolveOptions options;
            options.method = method;
            options.iterations = 5;
            options.pattern = {std::max(1, m / 2), m};
            if (backend.canSolve(options))
                cutsDoNotMatter(solve, options, 200, m <= 9 ? 1 : 3, checks);
        }
    return report(backend.id(), "cutsDoNotMatter", checks);
}

} // namespace nms::test
