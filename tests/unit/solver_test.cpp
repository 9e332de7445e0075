// SPDX-License-Identifier: Apache-2.0
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "core/sparsity/metrics.h"
#include "tests/backend/test_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

namespace nms {

using test::gaussianScores;
using testing::HasSubstr;

namespace {

SolveOptions optionsFor(Method method, NmPattern pattern)
{
    SolveOptions options;
    options.method = method;
    options.pattern = pattern;
    return options;
}

Matrix<float> signedWeights(std::int64_t rows, std::int64_t cols)
{
    Matrix<float> weights = gaussianScores(rows, cols, 5);
    for (std::int64_t k = 0; k < weights.size(); k += 3)
        weights.data()[k] *= -1;
    return weights;
}

Mask solveMask(const Matrix<float> &score, const SolveOptions &options)
{
    const Result<Solution> solution = makeCpuBackend()->solve(score.span(), options, {});
    EXPECT_TRUE(solution) << solution.error().line();
    return solution ? solution->mask : Mask();
}

} // namespace

TEST(MethodTest, namesLeadBack)
{
    std::set<std::string_view> names;
    for (const Method method : offeredMethods()) {
        EXPECT_NE(method, Method::Reference);
        EXPECT_EQ(methodByName(nameOf(method)), method);
        names.insert(nameOf(method));
    }
    EXPECT_EQ(names.size(), offeredMethods().size());
    EXPECT_EQ(nameOf(Method::GreedySwap), "greedy+swap");
    EXPECT_EQ(methodByName("reference"), Method::Reference);
    EXPECT_EQ(methodByName("Exact"), std::nullopt);
    EXPECT_EQ(methodByName(""), std::nullopt);
    EXPECT_TRUE(isTransposable(Method::BiNm));
    EXPECT_FALSE(isTransposable(Method::Unstructured));
}

TEST(SolveOptionsTest, refusesWhatHasNoMeaning)
{
    SolveOptions options;
    EXPECT_TRUE(options.validate());
    options.threads = -1;
    EXPECT_FALSE(options.validate());
    options = {};
    options.iterations = 1'000'001;
    ASSERT_FALSE(options.validate());
    EXPECT_THAT(options.validate().error().line(), HasSubstr("1000001"));
    options = {};
    options.pattern = {9, 8};
    ASSERT_FALSE(options.validate());
    EXPECT_THAT(options.validate().error().line(), HasSubstr("9:8"));
    for (const double tolerance : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        options = {};
        options.tolerance = tolerance;
        ASSERT_FALSE(options.validate());
        EXPECT_EQ(options.validate().error().where, "tolerance");
    }
}

TEST(SolveOptionsTest, onlySomeMethodsStartFromOthers)
{
    SolveOptions options;
    for (const Method method : offeredMethods())
        for (const Method source : offeredMethods()) {
            options.method = method;
            options.warmStart = source;
            const std::span<const Method> sources = warmStartsOf(method);
            const bool possible = std::find(sources.begin(), sources.end(), source) != sources.end();
            const Status status = options.validate();
            EXPECT_EQ(bool(status), possible) << nameOf(method) << " from " << nameOf(source);
            if (!status) {
                EXPECT_EQ(status.error().kind, ErrorKind::Usage);
                EXPECT_THAT(status.error().remedy,
                            HasSubstr(sources.empty() ? "exact, dykstra, capped, greedy, greedy+swap start from others"
                                                      : std::string(nameOf(sources.front()))));
            }
            EXPECT_FALSE(possible && (source == method || !isTransposable(source) || !isTransposable(method)));
        }
    EXPECT_TRUE(warmStartsOf(Method::Max1000).empty()); // nothing to begin
    EXPECT_TRUE(warmStartsOf(Method::BiNm).empty());
}

TEST(SolveOptionsTest, aStricterToleranceSaysWhatConvergedIs)
{
    SolveOptions options;
    EXPECT_EQ(options.residualLimit(), 0.01);
    options.tolerance = 0.001;
    EXPECT_EQ(options.residualLimit(), 0.001);
    options.tolerance = 0.05; // stops there, but that is no convergence
    EXPECT_EQ(options.residualLimit(), 0.01);
}

TEST(CpuBackendTest, solvesASmallTileByHand)
{
    // The best mask of 1:2 is the diagonal with the larger sum, though greedy starts with the 9.
    Matrix<float> score(2, 2);
    score(0, 0) = 9;
    score(0, 1) = 8;
    score(1, 0) = 7;
    score(1, 1) = 1;
    const Mask exact = solveMask(score, optionsFor(Method::Exact, {1, 2}));
    EXPECT_TRUE(exact.at(0, 1) && exact.at(1, 0));
    EXPECT_EQ(exact.kept(), 2);
    const Mask greedy = solveMask(score, optionsFor(Method::Greedy, {1, 2}));
    EXPECT_TRUE(greedy.at(0, 0) && greedy.at(1, 1));
    const Mask dykstra = solveMask(score, optionsFor(Method::Dykstra, {1, 2}));
    EXPECT_EQ(dykstra, exact);
    const Mask rows = solveMask(score, optionsFor(Method::RowNm, {1, 2}));
    EXPECT_TRUE(rows.at(0, 0) && rows.at(1, 0));
    const Mask columns = solveMask(score, optionsFor(Method::ColNm, {1, 2}));
    EXPECT_TRUE(columns.at(0, 0) && columns.at(0, 1));
    const Mask both = solveMask(score, optionsFor(Method::BiNm, {1, 2}));
    EXPECT_TRUE(both.at(0, 0));
    EXPECT_EQ(both.kept(), 1);
}

TEST(CpuBackendTest, unstructuredKeepsTheTopOfTheWholeMatrix)
{
    const Matrix<float> score = gaussianScores(37, 53, 8);
    const Mask mask = solveMask(score, optionsFor(Method::Unstructured, {3, 7}));
    std::vector<float> sorted(score.data(), score.data() + score.size());
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const std::int64_t wanted = 37 * 53 * 3 / 7;
    EXPECT_EQ(mask.kept(), wanted);
    for (std::int64_t i = 0; i < 37; ++i)
        for (std::int64_t j = 0; j < 53; ++j)
            EXPECT_EQ(mask.at(i, j), score(i, j) >= sorted[std::size_t(wanted - 1)]);

    Matrix<float> ties(4, 6); // zeros of either sign are equal: the first of them in row-major order
    ties(0, 0) = ties(2, 3) = -0.0F;
    ties(3, 5) = 1;
    const Mask tied = solveMask(ties, optionsFor(Method::Unstructured, {1, 4}));
    for (std::int64_t k = 0; k < 24; ++k)
        EXPECT_EQ(tied.at(k / 6, k % 6), k < 5 || k == 23) << k;
}

TEST(CpuBackendTest, cappedConvergesFarSoonerThanDykstra)
{
    const Matrix<float> score = gaussianScores(128, 128, 9);
    SolveOptions options = optionsFor(Method::Capped, {8, 16});
    options.iterations = 20;
    const auto backend = makeCpuBackend();
    const Result<Solution> capped = backend->solve(score.span(), options, {});
    options.method = Method::Dykstra;
    const Result<Solution> dykstra = backend->solve(score.span(), options, {});
    ASSERT_TRUE(capped && dykstra);
    EXPECT_LT(capped->totals().worstResidual, dykstra->totals().worstResidual);
    EXPECT_LT(capped->totals().relativeGap, 0.005);
    EXPECT_GT(capped->totals().objective, dykstra->totals().objective);
}

TEST(CpuBackendTest, max1000HangsOnTheSeedAlone)
{
    const Matrix<float> score = gaussianScores(32, 32, 10);
    SolveOptions options = optionsFor(Method::Max1000, {4, 8});
    const Mask first = solveMask(score, options);
    options.threads = 2;
    EXPECT_EQ(solveMask(score, options), first);
    options.seed = 2;
    EXPECT_NE(solveMask(score, options), first);
}

TEST(CpuBackendTest, refusesScoresThatAreNone)
{
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0F}) {
        Matrix<float> score = gaussianScores(20, 20, 11);
        score(13, 6) = bad;
        for (const Method method : {Method::Exact, Method::Dykstra, Method::Greedy}) {
            const Result<Solution> solution = makeCpuBackend()->solve(score.span(), optionsFor(method, {2, 4}), {});
            ASSERT_FALSE(solution);
            EXPECT_EQ(solution.error().kind, ErrorKind::Input);
            EXPECT_THAT(solution.error().line(), HasSubstr("tile (3, 1)"));
        }
        const auto live =
            makeCpuBackend()->startLive(std::make_shared<const Matrix<float>>(score), optionsFor(Method::Exact, {2, 4}), {});
        ASSERT_FALSE(live);
        EXPECT_EQ(live.error().kind, ErrorKind::Input);
    }
}

namespace {

struct Streamed {
    Result<StreamedSolution> solution = fail(ErrorKind::Internal, "", "not run");
    Mask mask;
    int panels = 0;
    std::vector<std::int64_t> reports;
};

Streamed stream(const Matrix<float> &weights, const SolveOptions &options, std::int64_t panelBytes,
                const std::stop_token &stop = {})
{
    Streamed out;
    out.mask = Mask(weights.rows(), weights.cols());
    const ReadRows read = [&](std::int64_t row0, std::int64_t rows, std::span<std::byte> to) -> Status {
        ++out.panels;
        EXPECT_EQ(std::int64_t(to.size()), rows * weights.cols() * 4);
        std::ranges::copy(std::as_bytes(std::span(&weights(row0, 0), to.size() / 4)), to.begin());
        return {};
    };
    const WriteRows write = [&](std::int64_t row0, const Mask &mask, const WeightsView &rows) -> Status {
        EXPECT_EQ(rows.floats()(0, 0), weights(row0, 0));
        out.mask.assignRows(row0, mask);
        return {};
    };
    Progress progress;
    progress.stop = stop;
    progress.report = [&](std::int64_t done, std::int64_t total) {
        EXPECT_LE(done, total);
        out.reports.push_back(done);
    };
    const auto backend = makeCpuBackend();
    SolveOptions alone = options;
    alone.threads = 1; // reports then come one by one
    const auto solver = backend->startWeights(alone);
    EXPECT_TRUE(solver);
    out.solution = solveStreamed(**solver, {weights.rows(), weights.cols()}, alone, panelBytes / 4, read, write, progress);
    return out;
}

} // namespace

TEST(SolveStreamedTest, panelsDoNotMatter)
{
    const Matrix<float> weights = signedWeights(50, 40);
    for (const Method method : {Method::Exact, Method::Dykstra, Method::RowNm}) {
        const SolveOptions options = optionsFor(method, {4, 8});
        const Streamed whole = stream(weights, options, 1 << 20), pieces = stream(weights, options, 17 * 40 * 4);
        ASSERT_TRUE(whole.solution && pieces.solution);
        EXPECT_EQ(whole.panels, 1);
        EXPECT_EQ(pieces.panels, 4); // of 16 rows
        EXPECT_EQ(whole.mask, pieces.mask);
        EXPECT_EQ(whole.mask, solveMask(magnitudeScore(weights.span()), options));
        EXPECT_EQ(whole.solution->totals.objective, pieces.solution->totals.objective);
        EXPECT_EQ(pieces.reports.back(), pieces.solution->grid.count());

        const MaskMetrics metrics = measure(weights.span(), whole.mask);
        const StreamedSolution &solution = *pieces.solution;
        EXPECT_NEAR(solution.sums.squaredLost / solution.sums.squared, metrics.relativeSquaredError, 1e-12);
        EXPECT_NEAR(solution.sums.keptMagnitude / solution.sums.magnitude, metrics.keptMagnitude, 1e-12);
        EXPECT_EQ(solution.sums.kept, whole.mask.kept());
        EXPECT_NEAR(solution.sums.keptMagnitude, solution.totals.objective, 1e-9);
    }
}

TEST(SolveStreamedTest, tellsWhatDoesNotFit)
{
    const Matrix<float> weights = signedWeights(50, 40);
    const Streamed narrow = stream(weights, optionsFor(Method::Exact, {4, 8}), 7 * 40 * 4);
    ASSERT_FALSE(narrow.solution);
    EXPECT_EQ(narrow.solution.error().kind, ErrorKind::Resource);
    EXPECT_EQ(narrow.panels, 0);
    const Streamed ranked = stream(weights, optionsFor(Method::Unstructured, {4, 8}), 16 * 40 * 4);
    ASSERT_FALSE(ranked.solution);
    EXPECT_EQ(ranked.solution.error().kind, ErrorKind::Resource);
    EXPECT_THAT(ranked.solution.error().line(), HasSubstr("unstructured"));
    EXPECT_TRUE(stream(weights, optionsFor(Method::Unstructured, {4, 8}), 50 * 40 * 4).solution);
}

TEST(SolveStreamedTest, passesOnErrorsAndStops)
{
    const auto backend = makeCpuBackend();
    const ReadRows broken = [](std::int64_t, std::int64_t, std::span<std::byte>) -> Status {
        return fail(ErrorKind::Io, "file.h5", "gone");
    };
    const WriteRows write = [](std::int64_t, const Mask &, const WeightsView &) -> Status {
        return {};
    };
    const SolveOptions options = optionsFor(Method::Exact, {2, 4});
    const auto solver = backend->startWeights(options);
    ASSERT_TRUE(solver);
    const auto unread = solveStreamed(**solver, {8, 8}, options, 1 << 20, broken, write, {});
    ASSERT_FALSE(unread);
    EXPECT_EQ(unread.error().line(), "file.h5: gone");

    std::stop_source stop;
    stop.request_stop();
    const Streamed stopped = stream(signedWeights(16, 16), optionsFor(Method::Exact, {2, 4}), 1 << 20, stop.get_token());
    ASSERT_FALSE(stopped.solution);
    EXPECT_EQ(stopped.solution.error().kind, ErrorKind::Cancelled);
}

TEST(CertifyTest, judgesAMaskFromElsewhere)
{
    const Matrix<float> score = gaussianScores(33, 24, 12);
    const NmPattern pattern{4, 8};
    const auto backend = makeCpuBackend();
    const Result<Solution> greedy = backend->solve(score.span(), optionsFor(Method::Greedy, pattern), {});
    const Result<Solution> exact = backend->solve(score.span(), optionsFor(Method::Exact, pattern), {});
    ASSERT_TRUE(greedy && exact);
    const auto judged = certify(*backend, score.span(), greedy->mask, pattern, {});
    ASSERT_TRUE(judged);
    ASSERT_EQ(judged->size(), greedy->tiles.size());
    for (std::size_t tile = 0; tile < judged->size(); ++tile) {
        EXPECT_EQ((*judged)[tile].objective, greedy->tiles[tile].objective);
        EXPECT_EQ((*judged)[tile].upperBound, exact->tiles[tile].objective);
    }
    EXPECT_FALSE(certify(*backend, score.span(), Mask(32, 24), pattern, {}));
}

TEST(TotalsTest, nameTheWorstTile)
{
    Solution solution;
    for (const double objective : {10.0, 7.0, 9.0}) {
        TileResult result;
        result.objective = objective;
        result.upperBound = 10;
        result.residual = float(10 - objective);
        result.converged = objective > 8;
        result.iterations = int(objective) - 6;
        solution.tiles.push_back(result);
    }
    const SolutionTotals totals = solution.totals();
    EXPECT_EQ(totals.tiles, 3);
    EXPECT_EQ(totals.objective, 26);
    EXPECT_EQ(totals.upperBound, 30);
    EXPECT_DOUBLE_EQ(totals.relativeGap, 4.0 / 30);
    EXPECT_DOUBLE_EQ(totals.worstGap, 0.3);
    EXPECT_EQ(totals.worstTile, 1);
    EXPECT_EQ(totals.worstResidual, 3);
    EXPECT_EQ(totals.notConverged, 1);
    EXPECT_EQ(totals.mostIterations, 4);
    EXPECT_DOUBLE_EQ(totals.meanIterations(), 8.0 / 3);
    EXPECT_EQ(Solution().totals().worstTile, -1);
}

} // namespace nms
