// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/cases.h"

#include <limits>

namespace nms::test {

void threadsDoNotMatter(SolverBackend &backend, Checks &checks)
{
    for (const Method method : offeredMethods()) {
        if (!backend.supports(method))
            continue;
        SolveOptions options = optionsFor(method, {4, 8}, 20);
        const Matrix<float> scores = gaussianScores(203, 77, 51);
        const std::string what = label(options, "Gaussian");
        options.threads = 1;
        const auto one = solved(backend, scores, options, checks, what);
        for (const int threads : {0, 3}) {
            options.threads = threads;
            const auto many = solved(backend, scores, options, checks, what);
            checks.expect(one && many && same(*one, *many), what + ": depends on the threads");
        }
        if (!backend.supportsLive(method))
            continue;
        std::vector<IterationStats> a, b;
        const auto manyLive = started(backend, scores, options, checks, what);
        options.threads = 1;
        const auto oneLive = started(backend, scores, options, checks, what);
        if (oneLive && manyLive && advanced(*oneLive, 12, checks, what, &a) && advanced(*manyLive, 12, checks, what, &b))
            checks.expect(a.size() == b.size() && !a.empty() && same(a.back(), b.back()) &&
                              same(captured(*oneLive, checks, what), captured(*manyLive, checks, what)),
                          what + ": live depends on the threads");
    }
}

void stopEndsInTime(SolverBackend &backend, Checks &checks)
{
    for (const Method method : offeredMethods()) {
        if (!backend.supports(method))
            continue;
        const SolveOptions options = optionsFor(method, {4, 8}, 2000);
        const Matrix<float> scores = gaussianScores(256, 256, 61);
        const std::string what = label(options, "Gaussian");

        std::stop_source before;
        before.request_stop();
        Progress progress;
        progress.stop = before.get_token();
        Result<Solution> stopped = backend.solve(scores.span(), options, progress);
        checks.expect(!stopped && stopped.error().kind == ErrorKind::Cancelled, what + ": stopped before, not cancelled");

        // The last progress report must say that everything is done.
        std::int64_t reported = 0;
        Progress watching;
        watching.report = [&](std::int64_t done, std::int64_t total) {
            checks.expect(done >= 0 && done <= total, what + ": progress");
            reported = done > reported ? done : reported;
        };
        SolveOptions alone = options; // one thread, so that reports come from one thread only
        alone.threads = 1;
        alone.iterations = 2;
        const Result<Solution> whole = backend.solve(scores.span(), alone, watching);
        checks.expect(whole && reported == whole->grid.count(), what + ": last report " + std::to_string(reported));

        if (!backend.supportsLive(method))
            continue;
        const auto live = started(backend, scores, options, checks, what);
        std::vector<IterationStats> stats;
        if (!live)
            continue;
        checks.expect(live->advance(5, before.get_token(), stats) && stats.empty() && live->iteration() == 0,
                      what + ": went on though stopped");
        checks.expect(advanced(*live, 3, checks, what, &stats) && live->iteration() == 3, what + ": could not go on");
        const Result<Solution> unrounded = live->round(progress);
        checks.expect(!unrounded && unrounded.error().kind == ErrorKind::Cancelled, what + ": rounded though stopped");
    }

    if (!backend.supports(Method::Dykstra))
        return;
    // A stop requested in the middle, from a progress report; the rest of the solve would take minutes.
    SolveOptions options = optionsFor(Method::Dykstra, {8, 16}, 100'000);
    std::stop_source during;
    Progress progress;
    progress.stop = during.get_token();
    progress.report = [&](std::int64_t, std::int64_t) {
        during.request_stop();
    };
    const Result<Solution> stopped = backend.solve(gaussianScores(256, 256, 62).span(), options, progress);
    checks.expect(!stopped && stopped.error().kind == ErrorKind::Cancelled, "stopped in the middle, not cancelled");
}

void wrongRequestsAreRefused(SolverBackend &backend, Checks &checks)
{
    const auto scores = std::make_shared<const Matrix<float>>(gaussianScores(16, 16, 71));
    const auto refused = [&](const SolveOptions &options, ErrorKind kind, const std::string &what) {
        const Result<Solution> batch = backend.solve(scores->span(), options, {});
        checks.expect(!batch && batch.error().kind == kind && !batch.error().what.empty(), what + ", batch");
        const auto live = backend.startLive(scores, options, {});
        checks.expect(!live && live.error().kind == kind, what + ", live");
    };
    for (const Method method : offeredMethods())
        if (!backend.supports(method))
            refused(optionsFor(method, {2, 4}), ErrorKind::Unsupported, std::string(nameOf(method)) + " is not supported");
    Method method = Method::Exact;
    for (const Method offered : offeredMethods())
        if (backend.supportsLive(offered))
            method = offered;
    if (!backend.supportsLive(method))
        return checks.skip("nothing live");
    refused(optionsFor(method, {9, 8}), ErrorKind::Usage, "pattern 9:8");
    refused(optionsFor(method, {0, 8}), ErrorKind::Usage, "pattern 0:8");
    refused(optionsFor(method, {1, 65}), ErrorKind::Usage, "pattern 1:65");
    refused(optionsFor(method, {2, 4}, 0), ErrorKind::Usage, "no iterations");
    for (const double tau : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        SolveOptions options = optionsFor(method, {2, 4});
        options.tau = tau;
        refused(options, ErrorKind::Usage, "tau");
    }

    const Matrix<float> none(0, 7);
    const auto empty = solved(backend, none, optionsFor(method, {2, 4}), checks, "no rows");
    checks.expect(empty && empty->tiles.empty() && empty->mask.kept() == 0 && empty->totals().relativeGap == 0, "no rows");
}

} // namespace nms::test
