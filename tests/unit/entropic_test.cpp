// SPDX-License-Identifier: Apache-2.0
// The entropic methods at every level of vector instructions that this machine has, against the naive reference.
#include "core/solver/reference/naive_tile.h"
#include "core/solver/tile/dykstra_tile.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
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
class DirtyTile
{
public:
    DirtyTile(NmPattern pattern, double tau, double tolerance, SimdLevel level) : m_memory(new Memory)
    {
        std::memset(m_memory->bytes, 0xff, sizeof m_memory->bytes);
        m_tile = new (m_memory->bytes) DykstraTile(pattern, tau, 0.01, tolerance, level);
    }
    ~DirtyTile() { m_tile->~DykstraTile(); }
    DykstraTile *operator->() { return m_tile; }

private:
    struct Memory {
        alignas(DykstraTile) std::byte bytes[sizeof(DykstraTile)];
    };
    std::unique_ptr<Memory> m_memory;
    DykstraTile *m_tile;
};

/// Greatest difference of the plans.
double planDistance(DykstraTile &tile, const naive::Dykstra &reference, const naive::Tile &naive)
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

    Outcome(DykstraTile &tile) : state(tile.stateBytes()), figures(tile.figures()), result(tile.round(mask))
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

TEST(EntropicTest, everyLevelGivesTheSameBits)
{
    const std::vector<SimdLevel> levels = simdLevels();
    for (const NmPattern pattern : patterns)
        for (const double tau : {100.0, 5000.0}) {
            SCOPED_TRACE(pattern.text() + ", tau " + std::to_string(tau));
            const auto scores = tileOf(gaussianScores(pattern.m, pattern.m, std::uint64_t(pattern.m)), pattern.m);
            std::optional<Outcome> first;
            for (const SimdLevel level : levels) {
                DirtyTile tile(pattern, tau, 0, level);
                tile->start(*scores);
                for (int k = 0; k < 40; ++k)
                    tile->iterate();
                const Outcome outcome(*tile.operator->());
                if (first)
                    expectSame(*first, outcome);
                else
                    first.emplace(outcome);
            }
        }
}

TEST(DykstraTileTest, iteratesAreTheReferences)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores())
            for (const double tau : {1.0, 100.0, 10'000.0}) {
                if (pattern.m > 16 && tau == 1.0)
                    continue; // takes long, and says nothing that smaller tiles do not
                const Matrix<float> scores = hard.make(pattern);
                const auto taken = tileOf(scores, pattern.m);
                const naive::Tile naive =
                    naive::takeTile(scores.span(), {scores.rows(), scores.cols(), pattern.m}, 0, pattern.n);
                naive::Dykstra reference(naive, tau);
                DirtyTile tile(pattern, tau, 0, simdLevels().back());
                tile->start(*taken);
                for (int k = 0; k < 60; ++k) {
                    reference.iterate();
                    tile->iterate();
                    if (k == 0 || k == 9 || k == 59) {
                        EXPECT_LE(planDistance(*tile.operator->(), reference, naive), 1e-15 * (k + 1) * std::max(tau, 300.0))
                            << pattern.text() << ", " << hard.name << ", tau " << tau << ", iteration " << k + 1;
                    }
                }
            }
}

TEST(DykstraTileTest, advancingIsIterating)
{
    for (const NmPattern pattern : {NmPattern{3, 7}, {8, 16}, {16, 32}})
        for (const double tau : {100.0, 20'000.0})
            for (const double tolerance : {0.0, 0.03}) {
                const auto scores = tileOf(gaussianScores(pattern.m, pattern.m, 9), pattern.m);
                DirtyTile one(pattern, tau, tolerance, simdLevel()), many(pattern, tau, tolerance, simdLevel());
                one->start(*scores);
                many->start(*scores);
                int iterations = 0;
                for (; iterations < 700 && !one->done(); ++iterations) {
                    EXPECT_EQ(one->figures().done, false);
                    one->iterate();
                }
                many->advance(500);
                many->advance(200);
                expectSame(Outcome(*one.operator->()), Outcome(*many.operator->()));
                EXPECT_EQ(one->figures().done, one->done());
                EXPECT_EQ(many->done(), one->done());
                EXPECT_EQ(one->done(), tolerance > 0 && one->figures().residual() <= tolerance);
                EXPECT_EQ(iterations<700, tolerance> 0 && tau < 1000);
            }
}

} // namespace nms
