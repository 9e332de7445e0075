// SPDX-License-Identifier: Apache-2.0
// Every number that explains a tile, against a plain computation; and the sentences, which say these numbers.
#include "core/jobs/tile_explanation.h"
#include "core/jobs/tile_statements.h"

#include "core/base/number_text.h"
#include "core/methods/tile_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace nms;
using namespace nms::jobs;
using testing::HasSubstr;

namespace {

Matrix<float> scoresOf(int rows, int cols, unsigned seed, int levels = 0)
{
    std::mt19937 random(seed);
    Matrix<float> scores(rows, cols);
    for (int k = 0; k < rows * cols; ++k)
        scores.data()[k] = levels ? float(random() % unsigned(levels)) : float(random() % 100000) / 100000;
    return scores;
}

SolveOptions optionsFor(NmPattern pattern, Method method, double tau = 100)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.tau = tau;
    return options;
}

struct Case {
    Matrix<float> score;
    TileTrace trace;
    ExplainedTile tile;
    TileExplanation explanation;
    TileStatements statements;
};

void explain(Case &out, Matrix<float> score, const SolveOptions &options, std::optional<int> iterations = {})
{
    out.score = std::move(score);
    auto trace = traceTile(out.score.span(), options, iterations);
    ASSERT_TRUE(trace);
    out.trace = std::move(*trace);
    ExplainedTile &tile = out.tile;
    tile.pattern = options.pattern;
    tile.lines = traitsOf(options.method).lines;
    tile.provesOptimum = traitsOf(options.method).provesOptimum;
    tile.tau = isEntropic(options.method) ? options.tau : 0;
    tile.residualLimit = options.residualLimit();
    tile.row0 = 32;
    tile.col0 = 80;
    tile.score = out.score.span();
    tile.plan = out.trace.plan.span();
    static thread_local std::vector<std::vector<float>> kept; // outlives the spans of a test
    kept.emplace_back(out.trace.alpha.begin(), out.trace.alpha.end());
    tile.alpha = kept.back();
    kept.emplace_back(out.trace.beta.begin(), out.trace.beta.end());
    tile.beta = kept.back();
    tile.mask.assign(out.trace.mask.rows.begin(), out.trace.mask.rows.begin() + options.pattern.m);
    tile.maskResult = out.trace.result;
    tile.maskAlpha = out.trace.maskAlpha;
    tile.maskBeta = out.trace.maskBeta;
    out.explanation = explainTile(tile);
    out.statements = statementsOf(tile, out.explanation);
}

double scoreAt(const Case &c, int i, int j)
{
    return i < c.score.rows() && j < c.score.cols() ? double(c.score(i, j)) : 0;
}

template <class Potentials>
void expectCertificate(const Case &c, const Certificate &certificate, const Potentials &alpha, const Potentials &beta,
                       double kept)
{
    const auto [n, m] = c.tile.pattern;
    double rows = 0, columns = 0, excess = 0;
    for (int i = 0; i < m; ++i) {
        rows += n * double(alpha[std::size_t(i)]);
        columns += n * double(beta[std::size_t(i)]);
        for (int j = 0; j < m; ++j)
            excess += std::max(0.0, scoreAt(c, i, j) - double(alpha[std::size_t(i)]) - double(beta[std::size_t(j)]));
    }
    const double unit = 1e-12 * (std::abs(rows) + std::abs(columns) + excess + 1);
    EXPECT_NEAR(certificate.rows, rows, unit);
    EXPECT_NEAR(certificate.columns, columns, unit);
    EXPECT_NEAR(certificate.excess, excess, unit);
    EXPECT_NEAR(certificate.bound, rows + columns + excess, unit);
    EXPECT_NEAR(certificate.kept, kept, unit);
}

void expectPlan(const Case &c)
{
    const PlanExplanation &plan = *c.explanation.plan;
    const int n = c.tile.pattern.n, m = c.tile.pattern.m;
    const int rows = int(c.score.rows()), cols = int(c.score.cols());
    double kept = 0;
    int undecided = 0, one = 0, zero = 0;
    std::vector<double> rowSums(std::size_t(rows), 0), columnSums(std::size_t(cols), 0);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) {
            const float s = c.trace.plan(i, j);
            rowSums[std::size_t(i)] += double(s);
            columnSums[std::size_t(j)] += double(s);
            kept += double(s) * double(c.score(i, j));
            (double(s) >= 0.99 ? one : double(s) <= 0.01 ? zero : undecided)++;
        }
    for (int i = 0; i < rows; ++i)
        EXPECT_NEAR(plan.rowSums[std::size_t(i)], rowSums[std::size_t(i)], 1e-12 * m);
    for (int j = 0; j < cols; ++j)
        EXPECT_NEAR(plan.columnSums[std::size_t(j)], columnSums[std::size_t(j)], 1e-12 * m);
    EXPECT_EQ(plan.atOne, one);
    EXPECT_EQ(plan.atZero, zero);
    EXPECT_EQ(int(plan.undecided.size()), undecided);
    double worst = 0;
    std::size_t off = 0;
    const auto look = [&](const std::vector<double> &sums, bool isWhole) {
        for (const double sum : sums) {
            const double excess = sum - n;
            if (excess < 0 && !isWhole)
                continue;
            worst = std::max(worst, std::abs(excess));
            off += std::abs(excess) > c.tile.residualLimit * n;
        }
    };
    look(rowSums, cols == m);
    look(columnSums, rows == m);
    EXPECT_EQ(plan.off.size(), off);
    EXPECT_NEAR(std::abs(plan.furthest.excess), worst, 1e-9);
    for (const EntrySlack &entry : plan.undecided) {
        EXPECT_EQ(entry.plan, double(c.trace.plan(entry.row, entry.col)));
        EXPECT_EQ(entry.slack,
                  double(c.score(entry.row, entry.col)) - double(c.tile.alpha[std::size_t(entry.row)]) -
                      double(c.tile.beta[std::size_t(entry.col)]));
    }
    for (std::size_t k = 1; k < plan.undecided.size(); ++k)
        EXPECT_LE(std::abs(plan.undecided[k - 1].plan - 0.5), std::abs(plan.undecided[k].plan - 0.5));
    ASSERT_TRUE(plan.certificate);
    expectCertificate(c, *plan.certificate, c.tile.alpha, c.tile.beta, kept);
    const GapParts &parts = plan.parts;
    EXPECT_NEAR(parts.dropped + parts.kept + parts.rows + parts.columns + parts.padding, plan.certificate->gap(),
                1e-9 * (1 + std::abs(plan.certificate->bound)));
    if (!c.explanation.isEdge) {
        EXPECT_EQ(parts.padding, 0) << "nothing is left over";
    }
}

void expectMask(const Case &c)
{
    const MaskExplanation &mask = *c.explanation.mask;
    const int rows = int(c.score.rows()), cols = int(c.score.cols());
    double kept = 0, lost = 0;
    std::size_t against = 0;
    for (int i = 0; i < rows; ++i) {
        int count = 0;
        for (int j = 0; j < cols; ++j)
            count += c.trace.mask.at(i, j);
        EXPECT_EQ(mask.rowCounts[std::size_t(i)], count);
    }
    for (int j = 0; j < cols; ++j) {
        int count = 0;
        for (int i = 0; i < rows; ++i)
            count += c.trace.mask.at(i, j);
        EXPECT_EQ(mask.columnCounts[std::size_t(j)], count);
    }
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j)
            kept += c.trace.mask.at(i, j) ? double(c.score(i, j)) : 0;
    EXPECT_NEAR(kept, c.trace.result.objective, 1e-12 * (1 + kept));
    if (c.trace.maskAlpha.empty())
        return;
    ASSERT_TRUE(mask.certificate);
    expectCertificate(c, *mask.certificate, c.trace.maskAlpha, c.trace.maskBeta, kept);
    // A mask that does not keep N everywhere may keep more than all those that do.
    EXPECT_NEAR(std::max(mask.certificate->bound, kept), c.trace.result.upperBound, 1e-5 * (1 + kept));
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) {
            const double slack =
                double(c.score(i, j)) - c.trace.maskAlpha[std::size_t(i)] - c.trace.maskBeta[std::size_t(j)];
            if (c.trace.mask.at(i, j) ? slack < 0 : slack > 0) {
                ++against;
                lost += std::abs(slack);
            }
        }
    if (!c.tile.provesOptimum) {
        EXPECT_EQ(mask.against.size(), against);
    }
    EXPECT_NEAR(mask.parts.dropped + mask.parts.kept, lost, 1e-12 * (1 + kept));
    if (!c.explanation.isEdge && mask.off.empty()) {
        EXPECT_NEAR(lost, mask.certificate->gap(), 1e-9 * (1 + kept)) << "the gap is nothing but these entries";
        EXPECT_NEAR(mask.parts.rows + mask.parts.columns, 0, 1e-12 * (1 + kept));
    }
}

TEST(TileExplanation, EveryNumberIsThePlainOne)
{
    const std::pair<NmPattern, std::pair<int, int>> shapes[] = {
        {{1, 1}, {1, 1}}, {{2, 4}, {4, 4}},    {{3, 7}, {7, 7}},    {{3, 7}, {5, 7}},     {{3, 7}, {7, 2}},
        {{4, 8}, {8, 8}}, {{8, 16}, {16, 16}}, {{8, 16}, {11, 13}}, {{13, 13}, {13, 13}}, {{31, 64}, {63, 64}}};
    for (const auto &[pattern, shape] : shapes)
        for (const int levels : {0, 3, 1}) // gaussian-like, ties, all zero
            for (const Method method : offeredMethods())
                for (const int iterations : {0, 1, 2, 25, 300}) {
                    const SolveOptions options = optionsFor(pattern, method);
                    if (!canTrace(options) || (iterations > 0 && !hasIterations(method)))
                        continue;
                    SCOPED_TRACE(std::string(nameOf(method)) + " " + pattern.text() + " " + std::to_string(iterations) +
                                 " levels " + std::to_string(levels));
                    Case c;
                    explain(c, scoresOf(shape.first, shape.second, 7, levels), options, iterations);
                    ASSERT_FALSE(HasFatalFailure());
                    EXPECT_EQ(c.explanation.isZero, *std::max_element(c.score.data(), c.score.data() + c.score.size()) == 0);
                    ASSERT_EQ(c.explanation.plan.has_value(), hasIterations(method));
                    if (c.explanation.plan)
                        expectPlan(c);
                    expectMask(c);
                    EXPECT_FALSE(c.statements.headline.text.empty());
                    for (const auto *statements : {&c.statements.ofPlan, &c.statements.ofMask})
                        for (const Statement &statement : *statements) {
                            EXPECT_EQ(statement.text.back(), '.') << statement.text;
                            EXPECT_THAT(statement.text, testing::Not(HasSubstr("nan"))) << statement.text;
                        }
                }
}

const Statement &statementOn(const std::vector<Statement> &statements, Statement::Topic topic)
{
    return *std::find_if(statements.begin(), statements.end(), [&](const Statement &each) { return each.topic == topic; });
}

TEST(TileExplanation, NamesTheRowThatIsOverAndByHowMuch)
{
    Case c;
    explain(c, scoresOf(16, 16, 3), optionsFor({8, 16}, Method::Dykstra), 2);
    ASSERT_FALSE(HasFatalFailure());
    const LineOff &worst = c.explanation.plan->off.front();
    const std::string line = (worst.isRow ? "ow " : "olumn ") + std::to_string(worst.line + (worst.isRow ? 32 : 80));
    const Statement &sums = statementOn(c.statements.ofPlan, Statement::Topic::Sums);
    EXPECT_THAT(sums.text, HasSubstr(line + " sums to " + formatReading(worst.sum)));
    EXPECT_THAT(sums.text,
                HasSubstr(formatNumber(std::abs(worst.excess), 2) + (worst.excess > 0 ? " over N = 8" : " short of N = 8")));
    EXPECT_EQ(sums.judgement, Judgement::Warning);
    c.tile.mask.clear(); // as while the run goes on
    const TileStatements running = statementsOf(c.tile, explainTile(c.tile));
    EXPECT_THAT(running.headline.text, HasSubstr(line));
    EXPECT_EQ(running.headline.judgement, Judgement::Warning);
    EXPECT_TRUE(running.ofMask.empty());
}

TEST(TileExplanation, SaysWhyAnEntryIsFractional)
{
    Case c;
    explain(c, scoresOf(16, 16, 5), optionsFor({8, 16}, Method::Capped, 50), 300);
    ASSERT_FALSE(HasFatalFailure());
    const PlanExplanation &plan = *c.explanation.plan;
    ASSERT_FALSE(plan.undecided.empty());
    double largest = 0;
    for (int k = 0; k < 256; ++k)
        largest = std::max(largest, double(c.score.data()[k]));
    for (const EntrySlack &entry : plan.undecided) {
        EXPECT_NEAR(entry.plan, std::exp(50 * entry.slack / largest), 1e-3);
        EXPECT_GT(entry.slack, largest / 50 * std::log(0.0099));
        EXPECT_LT(entry.slack, 0);
    }
    const std::string &text = statementOn(c.statements.ofPlan, Statement::Topic::Undecided).text;
    const EntrySlack &most = plan.undecided.front();
    EXPECT_THAT(text, HasSubstr("A − α − β = " + formatNumber(most.slack, 2)));
    EXPECT_THAT(text, HasSubstr("(" + std::to_string(32 + most.row) + ", " + std::to_string(80 + most.col) + ")"));
    EXPECT_THAT(text, HasSubstr("at τ = 50"));
    EXPECT_THAT(text, HasSubstr(formatNumber(largest / 50 * std::log(0.01), 2)));
}

TEST(TileExplanation, WritesTheCertificateOut)
{
    Case c;
    explain(c, scoresOf(16, 16, 9), optionsFor({8, 16}, Method::Greedy));
    ASSERT_FALSE(HasFatalFailure());
    const Certificate &certificate = *c.explanation.mask->certificate;
    const std::string &text = statementOn(c.statements.ofMask, Statement::Topic::Certificate).text;
    for (const double part : {certificate.rows, std::abs(certificate.columns), certificate.excess, certificate.bound})
        EXPECT_THAT(text, HasSubstr(formatNumber(part, 5)));
    EXPECT_THAT(text, HasSubstr("keeps " + formatNumber(c.trace.result.objective, 5)));
    const EntrySlack &costliest = c.explanation.mask->against.front();
    EXPECT_THAT(statementOn(c.statements.ofMask, Statement::Topic::Gap).text,
                HasSubstr("with A − α − β = " + formatNumber(costliest.slack, 2)));
    EXPECT_THAT(c.statements.headline.text, HasSubstr("At most " + formatPercent(c.trace.result.gap())));
}

TEST(TileExplanation, AProofIsToldAsAProof)
{
    Case c;
    explain(c, scoresOf(16, 16, 9), optionsFor({8, 16}, Method::Exact));
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_THAT(c.statements.headline.text, HasSubstr("Proven optimal"));
    EXPECT_TRUE(c.explanation.mask->against.empty());
    EXPECT_GE(c.explanation.mask->weakestKept->slack, -1e-6);
    EXPECT_LE(c.explanation.mask->strongestDropped->slack, 1e-6);
}

TEST(TileExplanation, MasksAlongRowsAreJudgedByTheirRows)
{
    Case c;
    explain(c, scoresOf(8, 8, 2), optionsFor({4, 8}, Method::RowNm));
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_TRUE(c.explanation.mask->off.empty());
    EXPECT_THAT(c.statements.headline.text, HasSubstr("not transposable"));
    explain(c, scoresOf(8, 8, 2), optionsFor({4, 8}, Method::BiNm));
    ASSERT_FALSE(c.explanation.mask->off.empty()) << "columns may keep fewer";
    EXPECT_LT(c.explanation.mask->off.front().excess, 0);
    EXPECT_EQ(c.statements.headline.judgement, Judgement::Warning);
}

TEST(TileExplanation, EdgesAreOnlyOffWhereTheyAreOver)
{
    ExplainedTile tile;
    tile.pattern = {2, 4};
    Matrix<float> score(4, 3), plan(4, 3);
    for (int k = 0; k < 12; ++k)
        score.data()[k] = 1;
    plan(0, 0) = plan(0, 1) = plan(0, 2) = 1; // row 0: 3; the others 0; columns: 1 each, whole, so short
    tile.score = score.span();
    tile.plan = plan.span();
    const TileExplanation explanation = explainTile(tile);
    EXPECT_TRUE(explanation.isEdge);
    ASSERT_EQ(explanation.plan->off.size(), 4U);
    EXPECT_TRUE(explanation.plan->off.front().isRow);
    EXPECT_EQ(explanation.plan->off.front().excess, 1);
    for (std::size_t k = 1; k < 4; ++k)
        EXPECT_FALSE(explanation.plan->off[k].isRow);
    EXPECT_FALSE(explanation.plan->certificate) << "no potentials, no certificate";
}

} // namespace
