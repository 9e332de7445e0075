// SPDX-License-Identifier: Apache-2.0
// The entropic methods at every level of vector instructions that this machine has, against the naive reference.
#include "core/methods/entropic/capped_tile.h"
#include "core/methods/entropic/dykstra_tile.h"
#include "core/reference/naive_tile.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

namespace nms {

using test::gaussianScores;
using test::HardScores;
using test::hardScores;
using test::Random;

namespace {

constexpr NmPattern patterns[] = {{1, 1},  {2, 4},  {1, 4},   {4, 4},   {3, 7},   {4, 8},   {1, 9},  {8, 16},
                                  {4, 16}, {5, 13}, {16, 32}, {20, 29}, {31, 32}, {32, 64}, {3, 50}, {64, 64}};

std::unique_ptr<TileScores> tileOf(const Matrix<float> &scores, int m)
{
    auto tile = std::make_unique<TileScores>();
    tile->gather(
        scores.span().block(0, 0, std::min<std::int64_t>(m, scores.rows()), std::min<std::int64_t>(m, scores.cols())), m);
    return tile;
}

/// A tile in memory that is not zero: nothing may count on what it has not written.
template <class Tile> class DirtyTile
{
public:
    DirtyTile(NmPattern pattern, double tau, double tolerance, SimdLevel level) : m_memory(new Memory)
    {
        std::memset(m_memory->bytes, 0xff, sizeof m_memory->bytes);
        m_tile = new (m_memory->bytes) Tile(pattern, tau, 0.01, tolerance, level);
    }
    ~DirtyTile() { m_tile->~Tile(); }
    Tile *operator->() { return m_tile; }
    Tile &operator*() { return *m_tile; }

private:
    struct Memory {
        alignas(Tile) std::byte bytes[sizeof(Tile)];
    };
    std::unique_ptr<Memory> m_memory;
    Tile *m_tile;
};

/// Greatest difference of the plans.
double planDistance(IterativeTile &tile, const naive::Dykstra &reference, const naive::Tile &naive)
{
    const auto plan = std::make_unique<TileArray<double>>();
    tile.plan(*plan);
    double most = 0;
    for (int i = 0; i < naive.m; ++i)
        for (int j = 0; j < naive.m; ++j) {
            const double distance = std::abs(plan->row(i, strideFor(naive.m))[j] - reference.plan(naive, i, j));
            most = distance <= most ? most : distance; // a NaN is the worst of all
        }
    return most;
}

struct Outcome {
    std::vector<std::byte> state;
    PlanFigures figures;
    TileResult result;
    TileMask mask;

    explicit Outcome(IterativeTile &tile) : state(tile.stateBytes()), figures(tile.figures()), result(tile.round(mask))
    {
        tile.suspend(state.data());
    }
};

void expectSame(const Outcome &a, const Outcome &b)
{
    EXPECT_EQ(a.state, b.state);
    EXPECT_EQ(a.figures.rowResidual, b.figures.rowResidual);
    EXPECT_EQ(a.figures.columnResidual, b.figures.columnResidual);
    EXPECT_EQ(a.figures.capacityResidual, b.figures.capacityResidual);
    EXPECT_EQ(a.figures.objective, b.figures.objective);
    EXPECT_EQ(a.figures.upperBound, b.figures.upperBound);
    EXPECT_EQ(a.figures.entropy, b.figures.entropy);
    EXPECT_EQ(a.figures.fractional, b.figures.fractional);
    EXPECT_EQ(a.mask.rows, b.mask.rows);
    EXPECT_EQ(a.result.objective, b.result.objective);
    EXPECT_EQ(a.result.upperBound, b.result.upperBound);
    EXPECT_EQ(a.result.residual, b.result.residual);
    EXPECT_EQ(a.result.iterations, b.result.iterations);
}

} // namespace

TEST(EntropicTest, functionsAreExactToTheLastPlaces)
{
    Random random(3);
    for (const SimdLevel level : simdLevels()) {
        const auto work = std::make_unique<EntropicWork>();
        for (int round = 0; round < 40; ++round) {
            work->m = 16;
            work->n = 8;
            work->scoreToExponent = 1;
            std::vector<float> scores(256);
            for (float &score : scores)
                score = float(random.uniform() * (round % 2 ? 1 : 600));
            for (std::size_t k = 0; k < 16; ++k) {
                work->u[k] = -600 * random.uniform();
                work->v[k] = round % 4 < 2 ? 0 : -600 * random.uniform();
                work->w[k] = std::exp2(round % 2 ? 600 * random.uniform() - 300 : random.uniform() - 0.5);
                work->q[k] = 1 / work->w[k];
                work->rowRest[k] = work->columnRest[k] = 0;
            }
            const EntropicKernels &kernels = entropicKernels(level, 16);
            kernels.takeScores(*work, scores.data());
            kernels.buildKernel(*work);
            for (std::size_t i = 0; i < 16; ++i)
                for (std::size_t j = 0; j < 16; ++j) {
                    const double x = double(scores[i * 16 + j]) + work->u[i] + work->v[j];
                    const double wanted = x < -600 ? 0 : std::exp(x);
                    EXPECT_NEAR(work->kernel[(i / 8 * 16 + j) * 8 + i % 8], wanted, 5e-16 * wanted) << x;
                }
            alignas(64) double rows[16], columns[16];
            std::fill_n(work->u, 16, 0);
            std::fill_n(work->v, 16, 0);
            kernels.potentials(*work, rows, columns);
            for (int k = 0; k < 16; ++k) {
                EXPECT_NEAR(-rows[k], std::log(work->w[k]), 5e-16 * std::abs(std::log(work->w[k])));
                EXPECT_NEAR(columns[k], std::log(work->q[k]), 5e-16 * std::abs(std::log(work->q[k])));
            }
        }
    }
}

template <class Tile> class EntropicTileTest : public testing::Test
{ };
using EntropicTiles = testing::Types<DykstraTile, CappedTile>;
TYPED_TEST_SUITE(EntropicTileTest, EntropicTiles);

TYPED_TEST(EntropicTileTest, everyLevelGivesTheSameBits)
{
    for (const NmPattern pattern : patterns)
        for (const double tau : {100.0, 900.0, 5000.0})
            for (const double tolerance : {0.0, 1e-9}) {
                SCOPED_TRACE(pattern.text() + ", tau " + std::to_string(tau) + ", tolerance " + std::to_string(tolerance));
                const auto scores = tileOf(gaussianScores(pattern.m, pattern.m, std::uint64_t(pattern.m)), pattern.m);
                std::optional<Outcome> first;
                for (const SimdLevel level : simdLevels()) {
                    DirtyTile<TypeParam> tile(pattern, tau, tolerance, level);
                    tile->start(*scores);
                    for (int k = 0; k < 40; ++k)
                        tile->iterate();
                    const Outcome outcome(*tile);
                    if (first)
                        expectSame(*first, outcome);
                    else
                        first.emplace(outcome);
                }
            }
}

TYPED_TEST(EntropicTileTest, advancingIsIterating)
{
    for (const NmPattern pattern : {NmPattern{3, 7}, {8, 16}, {16, 32}})
        for (const double tau : {100.0, 20'000.0})
            for (const double tolerance : {0.0, 0.03, 1e-7}) {
                SCOPED_TRACE(pattern.text() + ", tau " + std::to_string(tau) + ", tolerance " + std::to_string(tolerance));
                const auto scores = tileOf(gaussianScores(pattern.m, pattern.m, 9), pattern.m);
                DirtyTile<TypeParam> one(pattern, tau, tolerance, simdLevel()), many(pattern, tau, tolerance, simdLevel());
                one->start(*scores);
                many->start(*scores);
                int iterations = 0;
                for (; iterations < 700 && !one->done(); ++iterations) {
                    EXPECT_EQ(one->figures().done, false);
                    one->iterate();
                }
                many->advance(500);
                many->advance(200);
                expectSame(Outcome(*one), Outcome(*many));
                EXPECT_EQ(one->figures().done, one->done());
                EXPECT_EQ(many->done(), one->done());
                EXPECT_EQ(iterations, Outcome(*many).result.iterations);
                EXPECT_EQ(one->done(), iterations < 700 || (tolerance > 0 && one->figures().residual() <= tolerance));
            }
}

TYPED_TEST(EntropicTileTest, stateIsComplete)
{
    // A state put down and taken up again in every iteration is the state that was never touched.
    for (const auto &[tau, tolerance] : {std::pair(3000.0, 1e-12), std::pair(1000.0, 1e-3)})
        for (const HardScores &hard : hardScores()) {
            const auto scores = tileOf(hard.make({8, 16}), 16);
            DirtyTile<TypeParam> straight({8, 16}, tau, tolerance, simdLevel()),
                broken({8, 16}, tau, tolerance, simdLevel());
            straight->start(*scores);
            broken->start(*scores);
            std::vector<std::byte> state(broken->stateBytes()), other(broken->stateBytes());
            for (int k = 0; k < 400; ++k) {
                straight->iterate();
                broken->iterate();
                broken->suspend(state.data());
                std::unique_ptr<TileMask> mask(new TileMask);
                if (k % 50 == 0)
                    broken->round(*mask); // leaves the state as it is
                broken->resume(*scores, state.data());
                EXPECT_EQ(straight->done(), broken->done()) << hard.name;
            }
            straight->suspend(other.data());
            EXPECT_EQ(state, other) << hard.name;
            TileMask one, resumed;
            const TileResult a = straight->round(one), b = broken->round(resumed);
            EXPECT_EQ(one.rows, resumed.rows) << hard.name;
            EXPECT_EQ(a.residual, b.residual) << hard.name;
            EXPECT_EQ(a.upperBound, b.upperBound) << hard.name;
        }
}

TEST(DykstraTileTest, iteratesAreTheReferences)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores())
            for (const double tau : {1.0, 100.0, 10'000.0}) {
                if (pattern.m > 16 && tau == 1.0)
                    continue;
                const Matrix<float> scores = hard.make(pattern);
                const auto taken = tileOf(scores, pattern.m);
                const naive::Tile naive =
                    naive::takeTile(scores.span(), {scores.rows(), scores.cols(), pattern.m}, 0, pattern.n);
                naive::Dykstra reference(naive, tau);
                DirtyTile<DykstraTile> tile(pattern, tau, 0, simdLevel());
                tile->start(*taken);
                for (int k = 0; k < 60; ++k) {
                    reference.iterate();
                    tile->iterate();
                    if (k == 0 || k == 9 || k == 59) {
                        EXPECT_LE(planDistance(*tile, reference, naive), 1e-15 * (k + 1) * std::max(tau, 300.0))
                            << pattern.text() << ", " << hard.name << ", tau " << tau << ", iteration " << k + 1;
                    }
                }
            }
}

/// Both to their ends: one plan, whatever the way. Where the plan of the optimum needs infinite potentials neither gets
/// there.
TEST(CappedTileTest, endsWhereDykstraDoes)
{
    constexpr double tolerance = 1e-9;
    constexpr int most = 100'000;
    const auto ours = std::make_unique<TileArray<double>>(), theirs = std::make_unique<TileArray<double>>();
    int tiles = 0, compared = 0;
    const auto compare = [&](const TileScores &scores, NmPattern pattern, double tau, const char *name) {
        const std::string what = pattern.text() + ", " + name + ", tau " + std::to_string(tau);
        ++tiles;
        DirtyTile<DykstraTile> dykstra(pattern, tau, tolerance, simdLevel());
        dykstra->start(scores);
        dykstra->advance(most);
        if (!dykstra->done())
            return;
        DirtyTile<CappedTile> capped(pattern, tau, tolerance, simdLevel());
        capped->start(scores);
        capped->advance(most);
        EXPECT_LE(capped->figures().residual(), 1e-6) << what;
        if (!capped->done())
            return;
        ++compared;
        capped->plan(*ours);
        dykstra->plan(*theirs);
        double worst = 0;
        for (int i = 0; i < pattern.m; ++i)
            for (int j = 0; j < pattern.m; ++j)
                worst = std::max(worst, std::abs(ours->row(i, scores.stride())[j] - theirs->row(i, scores.stride())[j]));
        EXPECT_LE(worst, 1e-6) << what;
    };
    for (const NmPattern pattern : {NmPattern{2, 4}, {4, 4}, {1, 4}, {3, 7}, {8, 16}, {4, 16}, {15, 16}, {16, 32}})
        for (const double tau : {1.0, 100.0, 1000.0}) {
            compare(*tileOf(gaussianScores(pattern.m, pattern.m, 17), pattern.m), pattern, tau, "Gaussian");
            for (const HardScores &hard : hardScores())
                if (pattern.m <= 16)
                    compare(*tileOf(hard.make(pattern), pattern.m), pattern, tau, hard.name);
        }
    EXPECT_GE(compared * 4, tiles * 3);
}

/// From potentials that are no good: whatever it ends with is a plan, and a full mask.
TEST(CappedTileTest, startsFromAnything)
{
    const auto plan = std::make_unique<TileArray<double>>();
    for (const NmPattern pattern : {NmPattern{2, 4}, {3, 7}, {16, 32}})
        for (const double size : {1.0, 1e6, 1e30, 1e200})
            for (const double tau : {100.0, 10'000.0})
                for (const int signs : {0, 1, 2}) {
                    const std::string what = pattern.text() + ", " + std::to_string(size) + ", " + std::to_string(signs);
                    const auto scores = tileOf(gaussianScores(pattern.m, pattern.m, 23), pattern.m);
                    TileLine<double> alpha, beta;
                    for (std::size_t k = 0; k < alpha.size(); ++k) {
                        alpha[k] = (signs == 2 && k % 2 ? -size : size);
                        beta[k] = signs == 1 ? -size : size;
                    }
                    DirtyTile<CappedTile> tile(pattern, tau, 0, simdLevel());
                    tile->startFrom(*scores, alpha.data(), beta.data());
                    tile->advance(300);
                    EXPECT_TRUE(std::isfinite(tile->figures().residual())) << what;
                    tile->plan(*plan);
                    for (int i = 0; i < pattern.m; ++i)
                        for (int j = 0; j < pattern.m; ++j) {
                            const double s = plan->row(i, scores->stride())[j];
                            EXPECT_TRUE(s >= 0 && s <= 1) << what;
                        }
                    TileMask mask;
                    const TileResult result = tile->round(mask);
                    EXPECT_TRUE(result.upperBound >= result.objective) << what;
                    for (int i = 0; i < pattern.m; ++i)
                        EXPECT_EQ(std::popcount(mask.rows[std::size_t(i)]), pattern.n) << what;
                }
}

/// What is reported in single precision is true of the plan in double precision.
TEST(CappedTileTest, residualIsThePlans)
{
    const auto plan = std::make_unique<TileArray<double>>();
    for (const NmPattern pattern : patterns)
        for (const double tau : {1.0, 100.0, 1000.0})
            for (const HardScores &hard : hardScores()) {
                const auto scores = tileOf(hard.make(pattern), pattern.m);
                for (const int iterations : {0, 1, 3, 63, 64, 300}) {
                    DirtyTile<CappedTile> tile(pattern, tau, 0, simdLevel());
                    tile->start(*scores);
                    tile->advance(iterations);
                    tile->plan(*plan);
                    double worst = 0;
                    for (int i = 0; i < pattern.m; ++i) {
                        double row = 0, column = 0;
                        for (int j = 0; j < pattern.m; ++j) {
                            row += plan->row(i, scores->stride())[j];
                            column += plan->row(j, scores->stride())[i];
                        }
                        worst = std::max({worst, std::abs(row - pattern.n), std::abs(column - pattern.n)});
                    }
                    EXPECT_NEAR(tile->figures().residual(), worst / pattern.n, tau * 0x1p-21 * pattern.m / pattern.n)
                        << pattern.text() << ", " << hard.name << ", tau " << tau << ", after " << iterations;
                }
            }
}

/// However steep, and from wherever: a plan within [0, 1] with the right sums after some iterations, and a full mask.
TEST(CappedTileTest, isSafeEverywhere)
{
    const auto plan = std::make_unique<TileArray<double>>();
    for (const NmPattern pattern : patterns)
        for (const double tau : {1e-6, 1.0, 100.0, 1e4, 1e6})
            for (const HardScores &hard : hardScores()) {
                const std::string what = pattern.text() + ", " + hard.name + ", tau " + std::to_string(tau);
                const auto scores = tileOf(hard.make(pattern), pattern.m);
                DirtyTile<CappedTile> tile(pattern, tau, 1e-3, simdLevel());
                tile->start(*scores);
                tile->advance(300);
                const PlanFigures figures = tile->figures();
                EXPECT_TRUE(figures.residual() <= (tau > 1000 ? pattern.m : 0.02)) << what << ": " << figures.residual();
                EXPECT_TRUE(std::isfinite(figures.upperBound) && std::isfinite(figures.entropy)) << what;
                tile->plan(*plan);
                for (int i = 0; i < pattern.m; ++i)
                    for (int j = 0; j < pattern.m; ++j) {
                        const double s = plan->row(i, scores->stride())[j];
                        EXPECT_TRUE(s >= 0 && s <= 1) << what;
                    }
                TileMask mask;
                const TileResult result = tile->round(mask);
                EXPECT_TRUE(std::isfinite(result.upperBound) && result.upperBound >= result.objective) << what;
                EXPECT_EQ(result.residual, float(figures.residual())) << what;
                std::vector<int> columns(std::size_t(pattern.m));
                for (int i = 0; i < pattern.m; ++i) {
                    int row = 0;
                    for (int j = 0; j < pattern.m; ++j) {
                        row += mask.at(i, j);
                        columns[std::size_t(j)] += mask.at(i, j);
                    }
                    EXPECT_EQ(row, pattern.n) << what;
                }
                EXPECT_TRUE(std::all_of(columns.begin(), columns.end(), [&](int kept) { return kept == pattern.n; }))
                    << what;
            }
}

} // namespace nms
