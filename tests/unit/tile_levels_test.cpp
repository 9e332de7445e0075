// SPDX-License-Identifier: Apache-2.0
// A tile that is watched, at every level of vector instructions that this machine has: all that can be asked of it is the
// same at each. So are the exact method's kernels for a batch on tiles that a batch gives to others.
#include "core/methods/exact/exact_tile.h"
#include "core/methods/factory.h"
#include "core/methods/tile_solver.h"
#include "core/solver/tile_loop.h"
#include "tests/unit/hard_tiles.h"
#include "tests/unit/level_patterns.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace nms {

namespace {

class Recorder
{
public:
    template <class T> void add(const T *values, std::size_t count)
    {
        const auto *bytes = reinterpret_cast<const std::byte *>(values);
        m_bytes.insert(m_bytes.end(), bytes, bytes + count * sizeof(T));
    }
    void add(double value) { add(&value, 1); }
    const std::vector<std::byte> &bytes() const { return m_bytes; }

private:
    std::vector<std::byte> m_bytes;
};

/// One look at a tile.
void look(IterativeTile &tile, const TileScores &scores, Recorder &recorder)
{
    const int m = scores.m();
    const PlanFigures figures = tile.figures();
    for (const double value : {figures.rowResidual, figures.columnResidual, figures.capacityResidual, figures.objective,
                               figures.upperBound, figures.entropy, double(figures.fractional), double(figures.open)})
        recorder.add(value);
    const auto plan = std::make_unique<TileArray<double>>();
    tile.plan(*plan);
    for (int i = 0; i < m; ++i)
        recorder.add(plan->row(i, scores.stride()), std::size_t(m));
    TileLine<double> alpha, beta;
    tile.thresholds(alpha.data(), beta.data());
    recorder.add(alpha.data(), std::size_t(m));
    recorder.add(beta.data(), std::size_t(m));
    TileMask mask;
    const TileResult result = tile.round(mask);
    for (const double value : {result.objective, result.upperBound, double(result.residual), double(result.iterations)})
        recorder.add(value);
    recorder.add(mask.rows.data(), std::size_t(m));
}

/// Looked at before, between and after some iterations, with the state put down and taken up by another one each time.
std::vector<std::byte> watched(const SolveOptions &options, SimdLevel level)
{
    Recorder recorder;
    std::unique_ptr<IterativeTile> tile = makeIterativeTile(options, level), other = makeIterativeTile(options, level);
    std::vector<std::byte> state(tile->stateBytes());
    test::forHardTiles(options.pattern, [&](const TileScores &scores) {
        tile->start(scores);
        for (int k = 0; k < 4; ++k) {
            look(*tile, scores, recorder);
            tile->advance(k == 3 ? 300 : 2);
            tile->suspend(state.data());
            recorder.add(state.data(), state.size());
            other->resume(scores, state.data());
            std::swap(tile, other);
        }
        look(*tile, scores, recorder);
    });
    return recorder.bytes();
}

class TileLevelsTest : public testing::TestWithParam<NmPattern>
{ };

} // namespace

TEST_P(TileLevelsTest, aWatchedTile)
{
    for (const Method method : {Method::Exact, Method::Dykstra, Method::Capped})
        for (const double tau : {100.0, 2000.0}) {
            SolveOptions options;
            options.pattern = GetParam();
            options.method = method;
            options.tau = tau;
            const std::vector<std::byte> expected = watched(options, SimdLevel::Baseline);
            for (const SimdLevel level : simdLevels())
                EXPECT_TRUE(watched(options, level) == expected) << nameOf(method) << ", " << nameOf(level);
        }
}

TEST_P(TileLevelsTest, exactRuns)
{
    for (const test::HardScores &hard : test::hardScores()) {
        SCOPED_TRACE(hard.name);
        const Matrix<float> score = hard.make(GetParam());
        const auto solvedAt = [&](SimdLevel level) {
            Solution solution;
            solution.options.pattern = GetParam();
            solution.options.threads = 1;
            solution.grid = {score.rows(), score.cols(), GetParam().m};
            const Status status = solveTiles(
                score.span(), [&] { return std::make_unique<ExactRuns>(GetParam(), level); }, {}, solution);
            EXPECT_TRUE(status) << status.error().line();
            return solution;
        };
        const Solution expected = solvedAt(SimdLevel::Baseline);
        for (const SimdLevel level : simdLevels()) {
            const Solution found = solvedAt(level);
            EXPECT_EQ(found.mask, expected.mask) << nameOf(level);
            for (std::size_t tile = 0; tile < found.tiles.size(); ++tile) {
                EXPECT_EQ(found.tiles[tile].objective, expected.tiles[tile].objective) << nameOf(level);
                EXPECT_EQ(found.tiles[tile].iterations, expected.tiles[tile].iterations) << nameOf(level);
                EXPECT_TRUE(found.tiles[tile].converged) << nameOf(level);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Patterns, TileLevelsTest, testing::ValuesIn(test::levelPatterns()), test::patternName);

} // namespace nms
