// SPDX-License-Identifier: Apache-2.0
// The cases of backend_text.cpp and what they share. Private to this folder.
#pragma once

#include "tests/backend/backend_text.h"
#include "tests/backend/test_scores.h"

#include <memory>

namespace nms::test {

// plan_cases.cpp
void planEqualsReference(SolverBackend &backend, Checks &checks);
void planEqualsReferenceInTheLongRun(SolverBackend &backend, Checks &checks);
void planEqualsReferenceOnHardScores(SolverBackend &backend, Checks &checks);
void extremeTauIsSafe(SolverBackend &backend, Checks &checks);

// mask_cases.cpp
void masksAreFeasible(SolverBackend &backend, Checks &checks);
void exactIsOptimal(SolverBackend &backend, Checks &checks);
void dykstraComesClose(SolverBackend &backend, Checks &checks);
void baselinesGiveOneMask(SolverBackend &backend, Checks &checks);

// live_cases.cpp
void liveEqualsBatch(SolverBackend &backend, Checks &checks);
void chunksOfIterationsDoNotMatter(SolverBackend &backend, Checks &checks);
void restoredSolveRepeatsItself(SolverBackend &backend, Checks &checks);
void figuresDescribeThePlan(SolverBackend &backend, Checks &checks);
void captureGoesOnMeanwhile(SolverBackend &backend, Checks &checks);
void roundsHalfWay(SolverBackend &backend, Checks &checks);
void captureKeepsToTheRegion(SolverBackend &backend, Checks &checks);
void paddingIsNoEntry(SolverBackend &backend, Checks &checks);

// tolerance_cases.cpp
void toleranceStopsEachTile(SolverBackend &backend, Checks &checks);

// warm_cases.cpp
void warmStartsHelp(SolverBackend &backend, Checks &checks);

// call_cases.cpp
void threadsDoNotMatter(SolverBackend &backend, Checks &checks);
void stopEndsInTime(SolverBackend &backend, Checks &checks);
void wrongRequestsAreRefused(SolverBackend &backend, Checks &checks);

SolveOptions optionsFor(Method method, NmPattern pattern, int iterations = 300);

/// "8:16 dykstra, weak rows"
std::string label(const SolveOptions &options, const char *scores);

/// The solution, or null after a failed check.
std::unique_ptr<Solution> solved(SolverBackend &backend, const Matrix<float> &scores, const SolveOptions &options,
                                 Checks &checks, const std::string &what);
std::unique_ptr<LiveSolve> started(SolverBackend &backend, const Matrix<float> &scores, const SolveOptions &options,
                                   Checks &checks, const std::string &what);
bool advanced(LiveSolve &live, int iterations, Checks &checks, const std::string &what,
              std::vector<IterationStats> *stats = nullptr);
Snapshot captured(LiveSolve &live, Checks &checks, const std::string &what);

/// Whether both are equal bit for bit, except for timings.
bool same(const Solution &a, const Solution &b);
bool same(const IterationStats &a, const IterationStats &b);
bool same(const Snapshot &a, const Snapshot &b);

} // namespace nms::test
