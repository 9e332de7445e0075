// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/backend_text.h"

#include "tests/backend/cases.h"

#include <array>

namespace nms::test {

void Checks::expect(bool holds, const std::string &text)
{
    ++m_done;
    if (holds)
        return;
    ++m_failed;
    if (m_failures.size() < 20)
        m_failures.push_back(text);
}

namespace {

constexpr std::array<BackendCase, 21> cases = {{
    {"planEqualsReference", planEqualsReference},
    {"planEqualsReferenceInTheLongRun", planEqualsReferenceInTheLongRun},
    {"planEqualsReferenceOnHardScores", planEqualsReferenceOnHardScores},
    {"extremeTauIsSafe", extremeTauIsSafe},
    {"masksAreFeasible", masksAreFeasible},
    {"exactIsOptimal", exactIsOptimal},
    {"dykstraComesClose", dykstraComesClose},
    {"baselinesGiveOneMask", baselinesGiveOneMask},
    {"liveEqualsBatch", liveEqualsBatch},
    {"chunksOfIterationsDoNotMatter", chunksOfIterationsDoNotMatter},
    {"restoredSolveRepeatsItself", restoredSolveRepeatsItself},
    {"figuresDescribeThePlan", figuresDescribeThePlan},
    {"captureGoesOnMeanwhile", captureGoesOnMeanwhile},
    {"roundsHalfWay", roundsHalfWay},
    {"captureKeepsToTheRegion", captureKeepsToTheRegion},
    {"paddingIsNoEntry", paddingIsNoEntry},
    {"toleranceStopsEachTile", toleranceStopsEachTile},
    {"warmStartsHelp", warmStartsHelp},
    {"threadsDoNotMatter", threadsDoNotMatter},
    {"stopEndsInTime", stopEndsInTime},
    {"wrongRequestsAreRefused", wrongRequestsAreRefused},
}};

} // namespace

std::span<const BackendCase> backendCases()
{
    return cases;
}

} // namespace nms::test
