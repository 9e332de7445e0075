// SPDX-License-Identifier: Apache-2.0
// Scores that are not |W|: a solve by them is the solve of the matrix of scores, and nothing on the way assumes |W|.
#include "core/jobs/compare_matrix.h"
#include "core/methods/score.h"
#include "core/simd/half.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "core/sparsity/metrics.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace nms {

namespace {

/// Signed, so that |W| and W differ.
Matrix<float> weightsOf(std::int64_t rows, std::int64_t cols)
{
    Matrix<float> weights = test::gaussianScores(rows, cols, 5);
    test::Random random(6);
    for (std::int64_t row = 0; row < rows; ++row)
        for (float &value : weights.span().row(row))
            value = random.bits() & 1 ? -value : value;
    return weights;
}

Matrix<float> squaresOf(const Matrix<float> &weights)
{
    Matrix<float> squares(weights.rows(), weights.cols());
    for (std::int64_t row = 0; row < weights.rows(); ++row)
        for (std::int64_t col = 0; col < weights.cols(); ++col)
            squares(row, col) = weights(row, col) * weights(row, col);
    return squares;
}

struct Streamed {
    Result<StreamedSolution> solution;
    Mask mask;
};

Streamed streamed(const Matrix<float> &weights, const SolveOptions &options, const ScoreRows &score)
{
    const auto backend = makeCpuBackend();
    const auto solver = backend->startWeights(options);
    Mask mask(weights.rows(), weights.cols());
    const std::int64_t cols = weights.cols();
    Result<StreamedSolution> solution = solveStreamed(
        **solver, {weights.rows(), cols, WeightType::F32}, options, 2 * options.pattern.m * cols,
        [&](std::int64_t row0, std::int64_t count, std::span<std::byte> out) {
            std::memcpy(out.data(), &weights(row0, 0), std::size_t(count * cols) * sizeof(float));
            return Status();
        },
        [&](std::int64_t row0, const Mask &part, const WeightsView &) {
            mask.assignRows(row0, part);
            return Status();
        },
        {}, score);
    return {std::move(solution), std::move(mask)};
}

TEST(Score, rulesAreFoundByName)
{
    ASSERT_FALSE(scoreRules().empty());
    EXPECT_EQ(scoreRules().front().name, "abs");
    for (const ScoreRule &rule : scoreRules())
        EXPECT_EQ(scoreRuleByName(rule.name), &rule);
    EXPECT_EQ(scoreRuleByName("wanda.h5"), nullptr);
    EXPECT_FALSE(scoreRowsOf(*scoreRuleByName("abs"), 0));
}

TEST(Score, ofEveryTypeAndStride)
{
    const Matrix<float> wide = weightsOf(37, 91);
    WeightsView part(wide.span().block(0, 3, 37, 61));
    const Result<Matrix<float>> squares = scoresOf(part, scoreRowsOf(*scoreRuleByName("square"), 2), 2);
    ASSERT_TRUE(squares);
    const Result<Matrix<float>> magnitudes = scoresOf(part, {}, 2);
    ASSERT_TRUE(magnitudes);
    for (std::int64_t row = 0; row < 37; ++row)
        for (std::int64_t col = 0; col < 61; ++col) {
            ASSERT_EQ((*squares)(row, col), wide(row, col + 3) * wide(row, col + 3));
            ASSERT_EQ((*magnitudes)(row, col), std::abs(wide(row, col + 3)));
        }
    const std::uint16_t halves[] = {floatToHalf(-3), floatToHalf(0.5F)};
    const WeightsView ofHalves(reinterpret_cast<const std::byte *>(halves), WeightType::F16, 1, 2);
    const Result<Matrix<float>> few = scoresOf(ofHalves, scoreRowsOf(*scoreRuleByName("square"), 1), 1);
    ASSERT_TRUE(few);
    EXPECT_EQ((*few)(0, 0), 9);
    EXPECT_EQ((*few)(0, 1), 0.25F);
}

TEST(Score, aSquareThatHasNoFloatIsNamed)
{
    Matrix<float> weights(3, 5);
    weights(2, 4) = -3e30F;
    const Result<Matrix<float>> squares = scoresOf(weights.span(), scoreRowsOf(*scoreRuleByName("square"), 0), 0);
    ASSERT_FALSE(squares);
    EXPECT_EQ(squares.error().kind, ErrorKind::Input);
    EXPECT_EQ(squares.error().where, "row 2, column 4");
}

TEST(Score, placesAreThoseOfTheWholeMatrix)
{
    Matrix<float> weights = weightsOf(40, 24);
    weights(21, 7) = 2e30F; // in the third panel
    SolveOptions options;
    options.pattern = {2, 4};
    const Streamed found = streamed(weights, options, scoreRowsOf(*scoreRuleByName("square"), 0));
    ASSERT_FALSE(found.solution);
    EXPECT_EQ(found.solution.error().where, "row 21, column 7");
}

TEST(Score, givenScoresAreChecked)
{
    Matrix<float> scores(2, 3);
    EXPECT_TRUE(checkScores(scores.span(), 0));
    for (const float bad : {-1.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        scores(1, 2) = bad;
        const Status checked = checkScores(scores.span(), 40);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().where, "row 41, column 2");
    }
}

TEST(Score, aStreamedSolveIsThatOfTheScores)
{
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}, NmPattern{5, 12}}) {
        const Matrix<float> weights = weightsOf(7 * pattern.m + 1, 5 * pattern.m - 2), squares = squaresOf(weights);
        Matrix<float> given = test::gaussianScores(weights.rows(), weights.cols(), 77);
        const ScoreRows fromElsewhere = [&](std::int64_t row0, const WeightsView &rows, Span2d<float> out) {
            for (std::int64_t row = 0; row < rows.rows; ++row)
                std::ranges::copy(given.span().row(row0 + row), out.row(row).begin());
            return Status();
        };
        for (const Method method : offeredMethods()) {
            if (traitsOf(method).takesWholeMatrix)
                continue;
            SolveOptions options;
            options.pattern = pattern;
            options.method = method;
            options.iterations = 50;
            const auto backend = makeCpuBackend();
            for (const auto &[score, scores] : std::initializer_list<std::pair<ScoreRows, const Matrix<float> *>>{
                     {scoreRowsOf(*scoreRuleByName("square"), 0), &squares}, {fromElsewhere, &given}}) {
                SCOPED_TRACE(pattern.text() + " " + std::string(nameOf(method)));
                const Streamed found = streamed(weights, options, score);
                ASSERT_TRUE(found.solution) << found.solution.error().line();
                const Result<Solution> expected = backend->solve(scores->span(), options, {});
                ASSERT_TRUE(expected);
                EXPECT_EQ(found.mask, expected->mask);
                EXPECT_NEAR(found.solution->keptScores, expected->totals().objective, 1e-6 * expected->totals().objective);
                const MaskSums ofWeights = maskSums(WeightsView(weights.span()), found.mask);
                EXPECT_DOUBLE_EQ(found.solution->sums.keptMagnitude, ofWeights.keptMagnitude); // still of the weights
            }
        }
    }
}

TEST(Score, aComparisonGoesByIt)
{
    const Matrix<float> weights = weightsOf(48, 64), squares = squaresOf(weights);
    const auto backend = makeCpuBackend();
    const std::vector<ComparisonCase> cases = crossProduct({{4, 8}}, {provingMethod(), watchedMethod()});
    std::vector<ComparisonRow> rows;
    ASSERT_TRUE(runComparison(
        *backend, *backend, weights.span(), cases, {}, {}, [&](const ComparisonRow &row) { rows.push_back(row); },
        scoreRowsOf(*scoreRuleByName("square"), 0)));
    ASSERT_EQ(rows.size(), cases.size());
    for (const ComparisonRow &row : rows) {
        SolveOptions options;
        options.pattern = row.which.pattern;
        options.method = row.which.method;
        const Result<Solution> expected = backend->solve(squares.span(), options, {});
        ASSERT_TRUE(expected);
        EXPECT_EQ(row.totals.objective, expected->totals().objective);
        EXPECT_EQ(row.metrics.keptFraction, measure(weights.span(), expected->mask).keptFraction);
    }
}

TEST(PaperRounding, countsTheLinesThatStayShort)
{
    const Matrix<float> weights = weightsOf(161, 167);
    SolveOptions options;
    options.pattern = {8, 16};
    options.method = watchedMethod();
    options.iterations = 20; // far from converged, so that greedy selection leaves lines short
    options.paperSwaps = 0;
    const Streamed none = streamed(weights, options, {});
    ASSERT_TRUE(none.solution) << none.solution.error().line();
    EXPECT_GT(none.solution->shortLines, 0);
    EXPECT_EQ(none.solution->shortLines, shortLines(none.mask, options.pattern));
    std::int64_t counted = 0; // by reading the mask bit by bit
    for (std::int64_t row0 = 0; row0 + 16 <= weights.rows(); row0 += 16)
        for (std::int64_t col0 = 0; col0 + 16 <= weights.cols(); col0 += 16)
            for (int line = 0; line < 16; ++line) {
                int inRow = 0, inColumn = 0;
                for (int k = 0; k < 16; ++k) {
                    inRow += none.mask.at(row0 + line, col0 + k);
                    inColumn += none.mask.at(row0 + k, col0 + line);
                }
                counted += (inRow < 8) + (inColumn < 8);
            }
    EXPECT_EQ(none.solution->shortLines, counted);
    options.paperSwaps = 10;
    const Streamed some = streamed(weights, options, {});
    ASSERT_TRUE(some.solution);
    EXPECT_LT(some.solution->shortLines, none.solution->shortLines);
    EXPECT_GT(some.solution->keptScores, none.solution->keptScores);
    options.paperSwaps.reset();
    const Streamed full = streamed(weights, options, {});
    ASSERT_TRUE(full.solution);
    EXPECT_EQ(shortLines(full.mask, options.pattern), 0);
}

TEST(PaperRounding, isOfMethodsWithAPlan)
{
    SolveOptions options;
    options.pattern = {2, 4};
    options.paperSwaps = 10;
    for (const Method method : offeredMethods()) {
        options.method = method;
        EXPECT_EQ(bool(options.validate()), isEntropic(method)) << nameOf(method);
    }
    options.method = watchedMethod();
    options.paperSwaps = -1;
    EXPECT_FALSE(options.validate());
}

TEST(CycleSwap, leavesNoExchangeThatGains)
{
    for (const NmPattern pattern :
         {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{3, 7}, NmPattern{8, 16}, NmPattern{16, 32}}) {
        const Matrix<float> scores = test::gaussianScores(3 * pattern.m, 4 * pattern.m, 11);
        const auto backend = makeCpuBackend();
        SolveOptions options;
        options.pattern = pattern;
        const auto solved = [&](const char *name) {
            options.method = *methodByName(name);
            return *backend->solve(scores.span(), options, {});
        };
        const Solution swapped = solved("greedy+swap"), exchanged = solved("cycle-swap"), best = solved("exact");
        EXPECT_TRUE(checkTransposable(exchanged.mask, pattern).transposable());
        for (std::int64_t tile = 0; tile < exchanged.grid.count(); ++tile) {
            const TileResult &result = exchanged.tiles[std::size_t(tile)];
            EXPECT_GE(result.objective, swapped.tiles[std::size_t(tile)].objective - 1e-9);
            EXPECT_LE(result.objective, best.tiles[std::size_t(tile)].objective + 1e-4);
            EXPECT_GE(result.upperBound, best.tiles[std::size_t(tile)].objective - 1e-4);
            const std::int64_t row0 = exchanged.grid.rowOf(tile) * pattern.m, col0 = exchanged.grid.colOf(tile) * pattern.m;
            double most = 0, maximum = 0;
            for (int i = 0; i < pattern.m; ++i)
                for (int j = 0; j < pattern.m; ++j) {
                    maximum = std::max(maximum, double(scores(row0 + i, col0 + j)));
                    for (int k = 0; k < pattern.m; ++k)
                        for (int l = 0; l < pattern.m; ++l) {
                            const auto kept = [&](int row, int col) {
                                return exchanged.mask.at(row0 + row, col0 + col);
                            };
                            const auto at = [&](int row, int col) {
                                return double(scores(row0 + row, col0 + col));
                            };
                            if (kept(i, j) && kept(k, l) && !kept(i, l) && !kept(k, j))
                                most = std::max(most, at(i, l) + at(k, j) - at(i, j) - at(k, l));
                        }
                }
            EXPECT_LE(most, maximum * std::ldexp(1.0, -26)) << pattern.text() << " tile " << tile;
        }
    }
}

} // namespace

} // namespace nms
