// SPDX-License-Identifier: Apache-2.0
// The methods of the sandbox: against every plan tried out, against the naive reference, and against the conditions that an
// optimum satisfies.
#include "core/methods/tile_trace.h"
#include "core/reference/naive_tile.h"
#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/sandbox_solve.h"
#include "core/sandbox/tile_catalog.h"
#include "core/sandbox/tile_text.h"
#include "tests/unit/small_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace nms {

using test::EveryPlan;
using test::smallProblem;
using testing::HasSubstr;

namespace {

TileHistory solved(const TileProblem &tile, const SandboxOptions &options)
{
    auto history = solveTile(tile, options);
    if (!history)
        throw std::runtime_error(history.error().line());
    return *std::move(history);
}

double scoreOf(const TileProblem &tile, const Matrix<double> &plan)
{
    return std::inner_product(plan.data(), plan.data() + plan.size(), tile.scores.data(), 0.0);
}

/// Largest violation of sums and caps, from the plan alone.
double violation(const TileProblem &tile, const Matrix<double> &plan)
{
    double most = 0;
    std::vector<double> cols = tile.colSums;
    for (int row = 0; row < tile.rows(); ++row) {
        double left = tile.rowSums[std::size_t(row)];
        for (int col = 0; col < tile.cols(); ++col) {
            left -= plan(row, col);
            cols[std::size_t(col)] -= plan(row, col);
            most = std::max({most, -plan(row, col), plan(row, col) - tile.caps(row, col)});
        }
        most = std::max(most, std::abs(left));
    }
    for (const double left : cols)
        most = std::max(most, std::abs(left));
    return most;
}

bool isFinite(const TileIterate &iterate)
{
    const auto finite = [](double value) {
        return std::isfinite(value);
    };
    return std::all_of(iterate.plan.data(), iterate.plan.data() + iterate.plan.size(), finite) &&
        std::ranges::all_of(iterate.alpha, finite) && std::ranges::all_of(iterate.beta, finite) &&
        std::all_of(iterate.capDual.data(), iterate.capDual.data() + iterate.capDual.size(), finite) &&
        std::isfinite(iterate.objective) && std::isfinite(iterate.upperBound.value_or(0));
}

/// Uneven real sums and caps that a random plan meets.
TileProblem realProblem(int rows, int cols, unsigned seed)
{
    std::mt19937 random(seed);
    const auto upTo = [&](double most) {
        return most * double(random()) / double(std::mt19937::max());
    };
    TileProblem tile = TileProblem::ofPattern(Matrix<double>(rows, cols), 0);
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
            tile.scores(row, col) = upTo(2) - 0.5;
            const double amount = upTo(1);
            tile.rowSums[std::size_t(row)] += amount;
            tile.colSums[std::size_t(col)] += amount;
            tile.caps(row, col) = random() % 5 ? amount + upTo(0.3) : TileProblem::noCap;
        }
    return tile;
}

TEST(SandboxExact, FindsTheBestOfAllPlans)
{
    std::mt19937 random(3);
    int solvedOnes = 0;
    for (int k = 0; k < 1500; ++k) {
        const TileProblem tile = smallProblem(random);
        const std::optional<double> best = EveryPlan(tile).best();
        if (!best)
            continue;
        ++solvedOnes;
        const TileHistory history = solved(tile, {.method = "exact"});
        const TileIterate &last = history.iterates.back();
        EXPECT_EQ(history.optimum, *best) << tileText(tile);
        EXPECT_EQ(last.objective, *best) << tileText(tile);
        EXPECT_EQ(violation(tile, last.plan), 0) << tileText(tile);
        EXPECT_NEAR(*last.upperBound, *best, 1e-9) << tileText(tile);
        for (std::int64_t entry = 0; entry < last.plan.size(); ++entry)
            EXPECT_EQ(last.plan.data()[entry], std::round(last.plan.data()[entry]));
    }
    EXPECT_GT(solvedOnes, 300);
}

TEST(SandboxExact, IsProvenByItsPotentials)
{
    for (const auto &[rows, cols] : {std::pair(1, 1), {5, 3}, {13, 17}, {31, 29}, {64, 64}}) {
        const TileProblem tile = realProblem(rows, cols, unsigned(rows));
        const TileHistory history = solved(tile, {.method = "exact"});
        const TileIterate &last = history.iterates.back();
        EXPECT_LT(violation(tile, last.plan), 1e-8);
        EXPECT_NEAR(*last.upperBound, scoreOf(tile, last.plan), 1e-7 * std::abs(last.objective));
    }
}

TEST(SandboxExact, AgreesWithTheReferenceOnMasks)
{
    for (const NmPattern pattern : {NmPattern{1, 1}, {2, 4}, {3, 7}, {8, 16}, {5, 13}, {1, 17}, {31, 32}, {12, 31}}) {
        const TileProblem tile = randomTile(pattern.m, pattern.n, 5);
        naive::Tile plain{pattern.n, pattern.m, {tile.scores.data(), tile.scores.data() + tile.scores.size()}};
        bool isProven = false;
        const double best = naive::objective(plain, naive::optimum(plain, isProven));
        ASSERT_TRUE(isProven);
        EXPECT_NEAR(solved(tile, {.method = "exact"}).optimum, best, 1e-9) << pattern.text();
    }
}

TEST(SandboxDykstra, AgreesWithTheReferenceInEveryIteration)
{
    for (const NmPattern pattern : {NmPattern{2, 4}, {3, 7}, {8, 16}, {5, 13}}) {
        const TileProblem tile = randomTile(pattern.m, pattern.n, 9);
        naive::Tile plain{pattern.n, pattern.m, {tile.scores.data(), tile.scores.data() + tile.scores.size()}};
        naive::Dykstra reference(plain, 30);
        const TileHistory history = solved(tile, {.method = "dykstra", .tau = 30, .iterations = 40});
        ASSERT_EQ(history.iterates.size(), 41U);
        for (int k = 1; k <= 40; ++k) {
            reference.iterate();
            const TileIterate &iterate = history.iterates[std::size_t(k)];
            EXPECT_EQ(iterate.iteration, k);
            for (int row = 0; row < pattern.m; ++row) {
                EXPECT_NEAR(iterate.alpha[std::size_t(row)], reference.alpha(plain)[std::size_t(row)], 1e-9);
                EXPECT_NEAR(iterate.beta[std::size_t(row)], reference.beta(plain)[std::size_t(row)], 1e-9);
                for (int col = 0; col < pattern.m; ++col)
                    EXPECT_NEAR(iterate.plan(row, col), reference.plan(plain, row, col), 1e-9);
            }
        }
    }
}

/// Of all plans that meet the constraints, the entropic objective ⟨A, S⟩ − ε Σ S (ln S − 1) has its maximum exactly where
/// ε ln S = A − α − β − Q for some Q ≥ 0 that is 0 below the caps.
TEST(SandboxDykstra, ConvergesToTheEntropicOptimum)
{
    for (const auto &[rows, cols] : {std::pair(4, 4), {5, 3}, {7, 11}}) {
        const TileProblem tile = realProblem(rows, cols, 4);
        const double tau = 8,
                     largest = std::abs(*std::max_element(tile.scores.data(), tile.scores.data() + tile.scores.size(),
                                                          [](double a, double b) { return std::abs(a) < std::abs(b); }));
        const TileHistory history = solved(tile, {.method = "dykstra", .tau = tau, .iterations = 20'000});
        const TileIterate &last = history.iterates.back();
        EXPECT_LT(violation(tile, last.plan), 1e-6);
        for (int row = 0; row < rows; ++row)
            for (int col = 0; col < cols; ++col) {
                EXPECT_GE(last.capDual(row, col), 0);
                if (last.capDual(row, col) > 1e-9) {
                    EXPECT_NEAR(last.plan(row, col), tile.caps(row, col), 1e-9);
                }
                EXPECT_NEAR(largest / tau * std::log(last.plan(row, col)),
                            tile.scores(row, col) - last.alpha[std::size_t(row)] - last.beta[std::size_t(col)] -
                                last.capDual(row, col),
                            1e-6);
            }
        EXPECT_GE(*last.upperBound, history.optimum - 1e-9);
        EXPECT_LT(last.objective, history.optimum + 1e-5);
    }
}

TEST(SandboxDykstra, ComesCloserToTheOptimumWithLargerTau)
{
    for (const char *name : {"capped-1.5", "capped-2", "capped-3", "uneven", "factories-capped", "random-8:16"}) {
        const TileProblem tile = *builtInTile(name);
        double before = 1;
        for (const double tau : {10, 50, 250}) {
            const TileHistory history = solved(tile, {.method = "dykstra", .tau = tau, .iterations = 5000});
            const double gap = history.gap(history.iterates.back());
            EXPECT_LT(gap, before) << name << " " << tau;
            before = gap;
        }
        EXPECT_LT(std::abs(before), 0.01) << name;
    }
}

TEST(SandboxAlternating, EndsAtAPlanThatIsNotOptimal)
{
    const TileProblem tile = randomTile(8, 4, 2);
    const double tau = 20, largest = *std::max_element(tile.scores.data(), tile.scores.data() + tile.scores.size());
    const auto entropic = [&](const Matrix<double> &plan) {
        double value = 0;
        for (std::int64_t k = 0; k < plan.size(); ++k) {
            const double s = plan.data()[k];
            value += tau * tile.scores.data()[k] / largest * s - (s > 0 ? s * (std::log(s) - 1) : 0);
        }
        return value;
    };
    const TileHistory right = solved(tile, {.method = "dykstra", .tau = tau, .iterations = 20'000});
    const TileHistory wrong = solved(tile, {.method = "alternating", .tau = tau, .iterations = 20'000});
    EXPECT_LT(right.iterates.back().residual(), 1e-6);
    EXPECT_LT(wrong.iterates.back().residual(), 1e-6);
    EXPECT_LT(entropic(wrong.iterates.back().plan), entropic(right.iterates.back().plan) - 0.1);
    EXPECT_LT(wrong.iterates.back().objective, right.iterates.back().objective);
}

TEST(SandboxSinkhorn, MeetsTheSumsAndIgnoresTheCaps)
{
    const TileProblem tile = randomTile(7, 3, 1);
    const TileHistory history = solved(tile, {.method = "sinkhorn", .tau = 20, .iterations = 3000});
    EXPECT_LT(history.iterates.back().residual(), 1e-6);
    EXPECT_GT(history.iterates.back().capExcess, 0.5);
    EXPECT_TRUE(history.iterates.back().capDual.empty());
    TileProblem uncapped = tile;
    std::fill_n(uncapped.caps.data(), uncapped.caps.size(), TileProblem::noCap);
    const TileHistory same = solved(uncapped, {.method = "dykstra", .tau = 20, .iterations = 3000});
    for (std::int64_t k = 0; k < tile.scores.size(); ++k)
        EXPECT_DOUBLE_EQ(same.iterates.back().plan.data()[k], history.iterates.back().plan.data()[k]);
}

TEST(SandboxGreedy, GetsStuckOnItsCounterexample)
{
    const TileHistory history = solved(*builtInTile("greedy-2:4"), {.method = "greedy"});
    const TileIterate &last = history.iterates.back();
    EXPECT_EQ(last.iteration, 7);
    EXPECT_EQ(history.iterates.size(), 8U);
    EXPECT_EQ(last.objective, 41);
    EXPECT_EQ(history.optimum, 53);
    EXPECT_EQ(last.residual(), 0.5); // one row keeps one of two
    EXPECT_EQ(solved(*builtInTile("greedy-half"), {.method = "greedy"}).iterates.back().objective, 10);
    EXPECT_EQ(solved(*builtInTile("greedy-half"), {.method = "exact"}).optimum, 18);
}

TEST(SandboxSolve, SolvesClassicTiles)
{
    EXPECT_EQ(solved(*builtInTile("assignment"), {.method = "exact"}).optimum, 27);
    EXPECT_EQ(solved(*builtInTile("factories"), {.method = "exact"}).optimum, -535);
    EXPECT_EQ(solved(*builtInTile("factories-capped"), {.method = "exact"}).optimum, -575);
    for (const char *name : {"capped-1.5", "capped-2", "capped-3"}) {
        const TileProblem tile = *builtInTile(name);
        const TileHistory history = solved(tile, {.method = "exact"});
        int between = 0;
        for (std::int64_t k = 0; k < tile.scores.size(); ++k)
            between += history.optimalPlan.data()[k] > 1e-9 && history.optimalPlan.data()[k] < tile.caps.data()[k] - 1e-9;
        EXPECT_EQ(between, 0) << name; // the optimum saturates
    }
}

TEST(SandboxProgram, EveryMethodEndsWithTheMaskOfTheProgram)
{
    int methods = 0;
    for (const NmPattern pattern : {NmPattern{2, 4}, {3, 7}, {8, 17}}) {
        const TileProblem tile = randomTile(pattern.m, pattern.n, 21);
        Matrix<float> cells(pattern.m, pattern.m);
        std::transform(tile.scores.data(), tile.scores.data() + tile.scores.size(), cells.data(),
                       [](double score) { return float(score); });
        for (const SandboxMethod &method : sandboxMethods()) {
            if (!method.program)
                continue;
            ++methods;
            const TileHistory history = solved(tile, {.method = std::string(method.name), .tau = 50, .iterations = 60});
            SolveOptions options;
            options.pattern = pattern;
            options.method = *method.program;
            options.tau = 50;
            options.iterations = 60;
            const auto trace = traceTile(cells.span(), options);
            ASSERT_TRUE(trace) << trace.error().line();
            const TileIterate &last = history.iterates.back();
            EXPECT_EQ(last.step, TileIterate::Step::Mask);
            for (int row = 0; row < pattern.m; ++row)
                for (int col = 0; col < pattern.m; ++col)
                    EXPECT_EQ(last.plan(row, col) != 0, trace->mask.at(row, col)) << method.name << " " << pattern.text();
            EXPECT_NEAR(last.objective, trace->result.objective, 1e-4);
            if (traitsOf(*method.program).provesOptimum) {
                EXPECT_NEAR(last.objective, history.optimum, 1e-4);
            }
            if (traitsOf(*method.program).makeIterative) {
                EXPECT_GT(history.iterates.size(), 2U) << method.name;
            }
        }
    }
    EXPECT_GE(methods, 24);
}

TEST(SandboxProgram, TheProgramsDykstraHasTheSameIterates)
{
    const TileProblem tile = randomTile(13, 5, 6);
    const TileHistory own = solved(tile, {.method = "nm:dykstra", .tau = 40, .iterations = 30});
    const TileHistory plain = solved(tile, {.method = "dykstra", .tau = 40, .iterations = 30});
    for (int k = 1; k <= 30; ++k)
        for (std::int64_t entry = 0; entry < tile.scores.size(); ++entry)
            EXPECT_NEAR(own.iterates[std::size_t(k)].plan.data()[entry], plain.iterates[std::size_t(k)].plan.data()[entry],
                        1e-5);
}

TEST(SandboxSolve, StaysFiniteForEveryTauAndTile)
{
    TileProblem odd = realProblem(6, 5, 8); // an empty row and column, forbidden entries
    for (int col = 0; col < 5; ++col) {
        odd.colSums[std::size_t(col)] = 1.2;
        odd.caps(2, col) = 3;
    }
    odd.rowSums = {1, 0, 2, 1, 1, 1};
    odd.colSums = {1.5, 1.5, 0, 1.5, 1.5};
    std::fill_n(odd.caps.data(), odd.caps.size(), TileProblem::noCap);
    odd.caps(0, 0) = odd.caps(3, 3) = 0;
    TileProblem nothing = TileProblem::ofPattern(Matrix<double>(3, 3), 0);
    TileProblem huge = randomTile(5, 2, 1);
    for (std::int64_t k = 0; k < huge.scores.size(); ++k)
        huge.scores.data()[k] *= k % 2 ? 1e11 : -1e-11;
    for (const TileProblem &tile :
         {odd, nothing, huge, *builtInTile("ties"), TileProblem::ofPattern(Matrix<double>(4, 4), 2)})
        for (const SandboxMethod &method : sandboxMethods()) {
            if (method.program)
                continue;
            for (const double tau : {1e-6, 1.0, 1e3, 1e6}) {
                const TileHistory history = solved(tile, {.method = std::string(method.name), .tau = tau, .iterations = 50});
                for (const TileIterate &iterate : history.iterates) {
                    EXPECT_TRUE(isFinite(iterate)) << method.name << " " << tau << " " << iterate.iteration;
                    if (iterate.upperBound) {
                        EXPECT_GE(*iterate.upperBound, history.optimum - 1e-9 * std::max(1.0, std::abs(history.optimum)));
                    }
                }
            }
        }
}

TEST(SandboxSolve, ShowsEachProjection)
{
    const TileProblem tile = randomTile(4, 2, 1);
    const TileHistory history = solved(tile, {.method = "dykstra", .tau = 10, .iterations = 2, .eachProjection = true});
    using Step = TileIterate::Step;
    std::vector<Step> steps;
    for (const TileIterate &iterate : history.iterates)
        steps.push_back(iterate.step);
    EXPECT_EQ(
        steps,
        (std::vector<Step>{Step::Start, Step::Rows, Step::Columns, Step::Caps, Step::Rows, Step::Columns, Step::Caps}));
    EXPECT_LT(history.iterates[1].rowResidual, 1e-12);
    EXPECT_LT(history.iterates[2].columnResidual, 1e-12);
    EXPECT_LE(history.iterates[3].capExcess, 0);
    const TileHistory whole = solved(tile, {.method = "dykstra", .tau = 10, .iterations = 2});
    EXPECT_EQ(whole.iterates.back().objective, history.iterates.back().objective);
    const TileHistory plain = solved(tile, {.method = "sinkhorn", .tau = 10, .iterations = 2, .eachProjection = true});
    EXPECT_EQ(plain.iterates.size(), 5U);
    EXPECT_EQ(plain.iterates.back().step, Step::Columns);
}

TEST(SandboxSolve, KeepsFewerIteratesOfLongRuns)
{
    const TileProblem tile = randomTile(61, 30, 1);
    const TileHistory history = solved(tile, {.method = "dykstra", .tau = 30, .iterations = 2501});
    EXPECT_GT(history.every, 1);
    EXPECT_LT(history.iterates.size(), 1300U);
    EXPECT_EQ(history.iterates.front().iteration, 0);
    EXPECT_EQ(history.iterates[1].iteration, history.every);
    EXPECT_EQ(history.iterates[7].iteration, 7 * history.every);
    EXPECT_EQ(history.iterates.back().iteration, 2501);
    const TileHistory selected = solved(tile, {.method = "greedy"});
    EXPECT_EQ(selected.iterates.back().plan.size(), 61 * 61);
    EXPECT_EQ(solved(randomTile(64, 32, 1), {.method = "exact"}).iterates.back().residual(), 0);
}

TEST(SandboxSolve, RefusesWhatMakesNoSense)
{
    const TileProblem tile = randomTile(4, 2, 1);
    const auto refused = [](const TileProblem &problem, const SandboxOptions &options) {
        const auto history = solveTile(problem, options);
        return history ? std::string() : history.error().line();
    };
    EXPECT_THAT(refused(tile, {.method = "magic"}), HasSubstr("\"magic\" is not known"));
    EXPECT_THAT(refused(tile, {.tau = 0}), HasSubstr("tau"));
    EXPECT_THAT(refused(tile, {.tau = std::nan("")}), HasSubstr("tau"));
    EXPECT_THAT(refused(tile, {.iterations = 0}), HasSubstr("iterations"));
    EXPECT_THAT(refused(*builtInTile("factories"), {.method = "nm:capped"}), HasSubstr("solves N:M tiles alone"));
    TileProblem negative = tile;
    negative.scores(1, 1) = -1;
    EXPECT_THAT(refused(negative, {.method = "nm:capped"}), HasSubstr("negative scores"));
    EXPECT_EQ(refused(negative, {.method = "dykstra"}), "");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(solveTile(tile, {}, stop.get_token()).error().kind, ErrorKind::Cancelled);
}

TEST(SandboxRounding, EndsWithAFeasiblePlan)
{
    for (const char *name : {"greedy-2:4", "random-8:16", "ties", "uneven", "factories-capped", "capped-2"}) {
        const TileProblem tile = *builtInTile(name);
        const TileHistory history = solved(tile, {.method = "dykstra", .tau = 30, .iterations = 25});
        const Matrix<double> rounded = roundedPlan(tile, history.iterates.back().plan);
        EXPECT_LT(violation(tile, rounded), 1e-9) << name;
        EXPECT_LE(scoreOf(tile, rounded), history.optimum + 1e-9) << name;
        for (std::int64_t k = 0; tile.isIntegral() && k < rounded.size(); ++k)
            EXPECT_EQ(rounded.data()[k], std::round(rounded.data()[k])) << name;
    }
}

} // namespace

} // namespace nms
