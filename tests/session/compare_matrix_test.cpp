// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/compare_matrix.h"

#include "core/solver/cpu_backend.h"

#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace nms::test {
namespace {

/// Signed values, so that |W| is not W.
Matrix<float> randomWeights(std::int64_t rows, std::int64_t cols)
{
    Matrix<float> weights = *randomScore(rows, cols);
    for (std::int64_t i = 0; i < weights.size(); ++i)
        weights.data()[i] -= 0.5F;
    return weights;
}

class ComparisonTest : public testing::Test
{
protected:
    Status compare(SolverBackend &backend, const std::vector<ComparisonCase> &cases, const std::stop_token &stop = {})
    {
        return runComparison(backend, *m_cpu, m_weights.span(), cases, {}, stop, [this](const ComparisonRow &row) {
            m_rows.push_back(row);
            if (m_onRow)
                m_onRow();
        });
    }

    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
    Matrix<float> m_weights = randomWeights(64, 96);
    std::vector<ComparisonRow> m_rows;
    std::function<void()> m_onRow;
};

TEST(CrossProduct, goesPatternByPattern)
{
    const auto cases = crossProduct({{2, 4}, {8, 16}}, {Method::Exact, Method::Greedy});
    ASSERT_EQ(cases.size(), 4u);
    EXPECT_EQ(cases[1].pattern, (NmPattern{2, 4}));
    EXPECT_EQ(cases[1].method, Method::Greedy);
    EXPECT_EQ(cases[2].pattern, (NmPattern{8, 16}));
    EXPECT_EQ(cases[2].method, Method::Exact);
    EXPECT_TRUE(crossProduct({}, {Method::Exact}).empty());
}

TEST_F(ComparisonTest, everyOfferedMethodKeepsWhatTheoryAllows)
{
    const auto offered = offeredMethods();
    const std::vector<Method> methods(offered.begin(), offered.end());
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{8, 16}}) {
        m_rows.clear();
        const Status status = compare(*m_cpu, crossProduct({pattern}, methods));
        ASSERT_TRUE(status) << status.error().line();
        ASSERT_EQ(m_rows.size(), methods.size());
        double exact = 0, unstructured = 0;
        for (const ComparisonRow &row : m_rows) {
            exact = row.which.method == Method::Exact ? row.metrics.keptMagnitude : exact;
            unstructured = row.which.method == Method::Unstructured ? row.metrics.keptMagnitude : unstructured;
        }
        ASSERT_GT(exact, pattern.keptFraction()); // better than blind
        for (const ComparisonRow &row : m_rows) {
            const auto name = nameOf(row.which.method);
            EXPECT_EQ(row.transposable, isTransposable(row.which.method)) << name;
            EXPECT_LE(row.metrics.keptMagnitude, unstructured + 1e-9) << name; // the top entries keep most
            if (row.transposable) {
                EXPECT_LE(row.metrics.keptMagnitude, exact + 1e-9) << name;
            }
            EXPECT_LE(row.metrics.keptFraction, pattern.keptFraction() + 1e-9) << name;
            EXPECT_GT(row.metrics.relativeSquaredError, 0) << name;
            EXPECT_LT(row.metrics.relativeSquaredError, 0.5) << name;
            EXPECT_GE(row.totals.relativeGap, -1e-9) << name;
            EXPECT_EQ(row.backend, "cpu");
            EXPECT_GE(row.seconds, 0);
        }
    }
}

TEST_F(ComparisonTest, theFallbackDoesWhatTheBackendLacks)
{
    FakeBackend fake; // dykstra and greedy
    ASSERT_TRUE(compare(fake, crossProduct({{2, 4}}, {Method::Greedy, Method::Exact})));
    ASSERT_EQ(m_rows.size(), 2u);
    EXPECT_EQ(m_rows[0].backend, "fake");
    EXPECT_EQ(m_rows[1].backend, "cpu");
}

TEST_F(ComparisonTest, refusesBeforeItBegins)
{
    FakeBackend fake;
    EXPECT_TRUE(compare(*m_cpu, {{{2, 64}, Method::Exact}})); // 64 rows: just large enough
    m_rows.clear();
    m_weights = randomWeights(20, 96);
    const Status larger = compare(*m_cpu, {{{2, 4}, Method::Exact}, {{16, 32}, Method::Exact}});
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().kind, ErrorKind::Input);
    const Status illegal = compare(*m_cpu, {{{9, 8}, Method::Exact}});
    ASSERT_FALSE(illegal);
    EXPECT_EQ(illegal.error().kind, ErrorKind::Usage);
    const Status lacking = runComparison(fake, fake, m_weights.span(), {{{2, 4}, Method::Exact}}, {}, {}, {});
    ASSERT_FALSE(lacking);
    EXPECT_EQ(lacking.error().kind, ErrorKind::Unsupported);
    EXPECT_TRUE(m_rows.empty());
}

TEST_F(ComparisonTest, endsSoonWhenStopped)
{
    std::stop_source stop;
    m_onRow = [&] {
        stop.request_stop();
    };
    const Status status = compare(*m_cpu, crossProduct({{2, 4}}, {Method::Greedy, Method::Exact}), stop.get_token());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(m_rows.size(), 1u);
}

TEST_F(ComparisonTest, failuresAndExceptionsAreErrors)
{
    FakeBackend failing({.failRound = true});
    EXPECT_EQ(compare(failing, {{{2, 4}, Method::Greedy}}).error().kind, ErrorKind::Resource);
    FakeBackend throwing({.throwInRound = true});
    EXPECT_EQ(compare(throwing, {{{2, 4}, Method::Greedy}}).error().kind, ErrorKind::Resource);
    for (const FakeBehaviour &wrong : {FakeBehaviour{.roundsWrongMask = true}, FakeBehaviour{.roundsWrongFigures = true}}) {
        FakeBackend lying(wrong);
        const Status status = compare(lying, {{{2, 4}, Method::Greedy}});
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().kind, ErrorKind::Internal);
        EXPECT_NE(status.error().line().find("tile ("), std::string::npos);
        EXPECT_TRUE(m_rows.empty());
    }
    m_onRow = [] {
        throw std::runtime_error("the table is gone");
    };
    EXPECT_EQ(compare(*m_cpu, {{{2, 4}, Method::Greedy}}).error().kind, ErrorKind::Internal);
}

} // namespace
} // namespace nms::test
