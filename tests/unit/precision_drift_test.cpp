// SPDX-License-Identifier: Apache-2.0
// What is told of a solve's numbers: their distance from double precision, and whether they are sound.
#include "core/jobs/plan_health.h"
#include "core/jobs/precision_drift.h"
#include "core/reference/naive_tile.h"
#include "tests/unit/jobs_support.h"

#include <cmath>
#include <limits>

namespace nms::test {

using jobs::HealthLevel;
using jobs::PlanHealth;
using jobs::PrecisionDrift;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::shared_ptr<Matrix<float>> gaussianScores(std::int64_t rows, std::int64_t cols)
{
    const NamedWeights weights = gaussianWeights("w", {rows, cols}, 5);
    auto score = std::make_shared<Matrix<float>>(rows, cols);
    for (std::int64_t i = 0; i < score->size(); ++i)
        score->data()[i] = std::abs(weights.values[std::size_t(i)]);
    return score;
}

SolveOptions dykstra(int n, int m, int iterations)
{
    SolveOptions options;
    options.pattern = {n, m};
    options.method = watchedMethod();
    options.iterations = iterations;
    return options;
}

/// Dykstra's iterations on one tile in float32 through scale factors and the matrix Q, without logarithms: another way to
/// the same iterates, for τ at which nothing underflows.
std::vector<float> planByFactors(Span2d<const float> tile, int n, double tau, int iterations)
{
    const std::int64_t m = tile.rows;
    float largest = 0;
    for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < m; ++j)
            largest = std::max(largest, tile(i, j));
    std::vector<double> plan(std::size_t(m * m)), q(std::size_t(m * m), 1);
    for (std::int64_t k = 0; k < m * m; ++k)
        plan[std::size_t(k)] = std::exp(tau * double(tile(k / m, k % m)) / double(largest));
    for (int iteration = 0; iteration < iterations; ++iteration) {
        for (const bool rows : {true, false})
            for (std::int64_t line = 0; line < m; ++line) {
                const auto at = [&](std::int64_t k) -> double & {
                    return plan[std::size_t(rows ? line * m + k : k * m + line)];
                };
                double sum = 0;
                for (std::int64_t k = 0; k < m; ++k)
                    sum += at(k);
                for (std::int64_t k = 0; k < m; ++k)
                    at(k) *= n / sum;
            }
        for (std::size_t k = 0; k < plan.size(); ++k) {
            const double y = plan[k] * q[k];
            plan[k] = std::min(y, 1.0);
            q[k] = y / plan[k];
        }
    }
    return {plan.begin(), plan.end()};
}

TEST(PrecisionDrift, IsTheDistanceOfFloatFromDouble)
{
    const auto score = gaussianScores(37, 53); // 4 × 6 tiles without padding, in a grid of 5 × 7
    SolveOptions options = dykstra(4, 8, 40);
    options.tau = 20;
    const PrecisionDrift drift = jobs::precisionDrift(score->span(), options, 5, 16, {}).value();
    EXPECT_THAT(drift.tiles, ElementsAre(0, 4, 10, 16, 22)); // places 0, 4, 9, 14, 19 of the full ones; 16 is one of them
    ASSERT_EQ(drift.steps.size(), 40u);
    // Float's rounding errors are of the order of τ·2⁻²⁴ in the exponents.
    for (const jobs::DriftStep &step : drift.steps) {
        EXPECT_GT(step.largest, 1e-9) << step.iteration;
        EXPECT_LT(step.largest, 1e-4) << step.iteration;
        EXPECT_GT(step.largest, step.mean);
    }
    EXPECT_EQ(drift.otherMasks, 0);

    const TileGrid grid{37, 53, 8};
    for (const std::int64_t index : drift.tiles) {
        const auto block = score->span().block(grid.rowOf(index) * 8, grid.colOf(index) * 8, 8, 8);
        const naive::Tile tile = naive::takeTile(score->span(), grid, index, 4);
        naive::DykstraIn<float> single(tile, 20);
        naive::DykstraIn<double> twice(tile, 20);
        for (int iteration = 0; iteration < 40; ++iteration) {
            single.iterate();
            twice.iterate();
        }
        const std::vector<float> plan = planByFactors(block, 4, 20, 40);
        double distance = 0;
        for (int i = 0; i < 8; ++i)
            for (int j = 0; j < 8; ++j) {
                EXPECT_NEAR(twice.plan(tile, i, j), double(plan[std::size_t(i * 8 + j)]), 1e-7);
                distance = std::max(distance, std::abs(single.plan(tile, i, j) - twice.plan(tile, i, j)));
            }
        EXPECT_LE(distance, drift.steps.back().largest);
    }
}

TEST(PrecisionDrift, GrowsWithTau)
{
    const auto score = gaussianScores(64, 64);
    double last = 0;
    for (const double tau : {1., 100., 10'000.}) {
        SolveOptions options = dykstra(8, 16, 100);
        options.tau = tau;
        const double largest = jobs::precisionDrift(score->span(), options, 16, {}, {}).value().largest().largest;
        EXPECT_GT(largest, 5 * last) << tau;
        last = largest;
    }
}

TEST(PrecisionDrift, ExaminesTheSelectedTileUnlessItIsPadded)
{
    const auto score = gaussianScores(25, 17); // 3 × 2 full tiles in a grid of 4 × 3
    const auto tilesOf = [&](std::optional<std::int64_t> tile) {
        return jobs::precisionDrift(score->span(), dykstra(2, 8, 3), 2, tile, {}).value().tiles;
    };
    EXPECT_THAT(tilesOf(std::nullopt), ElementsAre(0, 4));
    EXPECT_THAT(tilesOf(7), ElementsAre(0, 4, 7));
    EXPECT_THAT(tilesOf(8), ElementsAre(0, 4)); // the last column of tiles is padded
    EXPECT_THAT(tilesOf(9), ElementsAre(0, 4)); // so is the last row
    EXPECT_THAT(tilesOf(12), ElementsAre(0, 4)); // and this one is not there
}

TEST(PrecisionDrift, RefusesWhatHasNoSecondOpinion)
{
    const auto score = gaussianScores(7, 64);
    SolveOptions options = dykstra(4, 8, 3);
    EXPECT_EQ(jobs::precisionDrift(score->span(), options, 4, {}, {}).error().kind, ErrorKind::Input);
    for (const Method method : allMethods()) {
        options = dykstra(2, 4, 3);
        options.method = method;
        const auto drift = jobs::precisionDrift(score->span(), options, 4, {}, {});
        EXPECT_EQ(bool(drift), method == watchedMethod()) << nameOf(method);
        if (!drift) {
            EXPECT_EQ(drift.error().kind, ErrorKind::Unsupported);
        }
    }
}

TEST(PrecisionDrift, CountsAndStops)
{
    const auto score = gaussianScores(64, 64);
    WatchingHost host;
    EXPECT_TRUE(jobs::precisionDrift(score->span(), dykstra(4, 8, 12), 4, {}, host.progress()));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(jobs::precisionDrift(score->span(), dykstra(4, 8, 12), 4, {}, {stop.get_token(), {}}).error().kind,
              ErrorKind::Cancelled);
}

/// A snapshot of 2 × 3 tiles of 4, the last column of them with one real column; all entries are 1/2.
struct Shown {
    Shown()
    {
        snapshot.shape({8, 9, 4}, TileRegion::all({8, 9, 4}));
        std::fill_n(snapshot.plan.host().data(), 72, 0.5F);
        std::fill_n(score.data(), 72, 1.F);
    }
    PlanHealth health() const { return jobs::planHealth(snapshot, score.span()); }

    Snapshot snapshot;
    Matrix<float> score{8, 9};
};

TEST(PlanHealth, CountsEveryKindOfEntry)
{
    Shown shown;
    EXPECT_EQ(shown.health().tiles, 6);
    EXPECT_EQ(shown.health().entries, 72);
    EXPECT_EQ(shown.health().notFinite + shown.health().underflowed + shown.health().emptyLines, 0);
    Matrix<float> &plan = shown.snapshot.plan.host();
    plan(0, 0) = std::numeric_limits<float>::quiet_NaN();
    plan(7, 8) = std::numeric_limits<float>::infinity();
    plan(1, 1) = std::numeric_limits<float>::denorm_min();
    plan(1, 2) = 0;
    plan(1, 3) = 0;
    shown.score(1, 3) = 0; // nothing is lost there
    EXPECT_EQ(shown.health().notFinite, 2);
    EXPECT_EQ(shown.health().underflowed, 2);
    EXPECT_EQ(shown.health().emptyLines, 0);
    for (int j = 4; j < 8; ++j)
        plan(5, j) = 0;
    EXPECT_EQ(shown.health().emptyLines, 1);
    for (int i = 4; i < 8; ++i) // the padded tile has one real column, which may well be empty
        plan(i, 8) = 0;
    EXPECT_EQ(shown.health().emptyLines, 1);
    for (int i = 0; i < 4; ++i)
        plan(i, 5) = 0;
    EXPECT_EQ(shown.health().emptyLines, 2);
}

TEST(PlanHealth, ExaminesOnlyTheRegionThatIsThere)
{
    Shown shown;
    shown.snapshot.shape({8, 9, 4}, {1, 1, 2, 3});
    std::fill_n(shown.snapshot.plan.host().data(), shown.snapshot.plan.size(), 0.5F);
    shown.snapshot.plan.host()(3, 4) = 0; // the matrix's entry (7, 8)
    EXPECT_EQ(shown.health().tiles, 2);
    EXPECT_EQ(shown.health().entries, 20);
    EXPECT_EQ(shown.health().underflowed, 1);
    shown.snapshot.shape({8, 9, 4}, {});
    EXPECT_EQ(shown.health().entries, 0);
    EXPECT_EQ(jobs::planHealth(Shown().snapshot, Shown().score.span(), 3).tiles, 3);
}

TEST(HealthNote, NamesTheWorstAndItsRemedy)
{
    const SolveOptions options = dykstra(4, 8, 300);
    const auto note = [&](const PlanHealth &health, const std::vector<IterationStats> &stats = {}) {
        return jobs::healthNote(health, stats, options);
    };
    EXPECT_EQ(note({6, 72}).level, HealthLevel::Sound);
    EXPECT_EQ(note({6, 72, 0, 36}).level, HealthLevel::Sound);
    EXPECT_EQ(note({6, 72, 0, 37}).level, HealthLevel::Noted);
    EXPECT_THAT(note({6, 72, 0, 37}).text, HasSubstr("51 %"));
    EXPECT_EQ(note({6, 72, 1, 37, 2}).level, HealthLevel::Broken);
    EXPECT_THAT(note({6, 72, 1, 37, 2}).text, HasSubstr("NaN"));
    EXPECT_THAT(note({6, 72, 0, 37, 2}).text, HasSubstr("2 rows and columns"));
    EXPECT_THAT(note({6, 72, 0, 37, 2}).remedy, HasSubstr("lower τ (it is 100)"));

    std::vector<IterationStats> stats(60);
    for (int i = 0; i < 60; ++i) {
        stats[std::size_t(i)].iteration = i + 1;
        stats[std::size_t(i)].rowResidual = 1.0 / (i + 1);
    }
    EXPECT_EQ(note({6, 72}, stats).level, HealthLevel::Sound);
    for (int i = 20; i < 60; ++i)
        stats[std::size_t(i)].rowResidual = 0.05;
    EXPECT_EQ(note({6, 72}, stats).level, HealthLevel::Noted);
    EXPECT_THAT(note({6, 72}, stats).text, HasSubstr("5.0 % since about iteration 31"));
    for (int i = 20; i < 60; ++i)
        stats[std::size_t(i)].rowResidual = 0.01;
    EXPECT_EQ(note({6, 72}, stats).level, HealthLevel::Sound) << "it is within the limit";
}

TEST(HealthNote, ARealRunIsSoundAtAnyTau)
{
    const auto score = gaussianScores(64, 64);
    for (const double tau : {1., 100., 10'000., 1e8}) {
        SolveOptions options = dykstra(8, 16, 60);
        options.tau = tau;
        auto live = makeCpuBackend()->startLive(score, options, {}).value();
        std::vector<IterationStats> stats;
        ASSERT_TRUE(live->advance(60, {}, stats));
        Snapshot snapshot;
        ASSERT_TRUE(live->capture(TileRegion::all({64, 64, 16}), snapshot));
        const PlanHealth health = jobs::planHealth(snapshot, score->span());
        EXPECT_EQ(health.tiles, 16);
        EXPECT_EQ(health.notFinite, 0) << tau;
        EXPECT_NE(jobs::healthNote(health, stats, options).text, "");
        EXPECT_EQ(health.underflowed > 0, tau > 100) << tau;
    }
}

} // namespace
} // namespace nms::test
