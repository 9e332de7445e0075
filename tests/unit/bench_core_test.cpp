// SPDX-License-Identifier: Apache-2.0
#include "core/bench/rounds.h"
#include "core/solver/cpu_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace nms::bench {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// --- tiles
// ------------------------------------------------------------------------------------------------------------------

std::vector<float> valuesOf(Span2d<const float> tile)
{
    std::vector<float> values;
    for (std::int64_t i = 0; i < tile.rows; ++i)
        values.insert(values.end(), tile.row(i).begin(), tile.row(i).end());
    return values;
}

TEST(BenchTiles, EveryBeginningIsAMatrixWithTheSameTiles)
{
    for (const int m : {3, 4, 16, 64}) {
        const TileSet set = randomTiles(Distribution::Heavy, m, 400);
        EXPECT_GT(set.count(), 400 - 512 / m);
        EXPECT_LE(set.count(), 400);
        for (const std::int64_t asked : {1, 2, 7, 31, 100, 170, 200, 400, 100000}) {
            const std::int64_t tiles = set.wholePrefix(asked);
            EXPECT_GE(tiles, 1);
            EXPECT_LE(tiles, asked);
            const Span2d<const float> first = set.first(tiles);
            const TileGrid grid{first.rows, first.cols, m};
            ASSERT_EQ(grid.count(), tiles);
            for (const std::int64_t tile : {std::int64_t(0), tiles / 2, tiles - 1})
                EXPECT_EQ(valuesOf(first.block(grid.rowOf(tile) * m, grid.colOf(tile) * m, m, m)), valuesOf(set.tile(tile)));
        }
    }
}

TEST(BenchTiles, TheSameHoweverMany)
{
    for (const Distribution distribution : distributions()) {
        const TileSet few = randomTiles(distribution, 8, 5), many = randomTiles(distribution, 8, 500);
        for (std::int64_t tile = 0; tile < few.count(); ++tile)
            EXPECT_EQ(valuesOf(few.tile(tile)), valuesOf(many.tile(tile)));
        EXPECT_NE(valuesOf(many.tile(0)), valuesOf(many.tile(1)));
    }
}

TEST(BenchTiles, DistributionsAreWhatTheirNamesSay)
{
    const auto shareAbove = [](Distribution distribution, float limit) {
        const TileSet set = randomTiles(distribution, 16, usualTileCount(16));
        std::int64_t above = 0;
        for (std::int64_t tile = 0; tile < set.count(); ++tile)
            for (const float value : valuesOf(set.tile(tile))) {
                EXPECT_GE(value, 0);
                above += value > limit;
            }
        return double(above) / double(set.count() * 256);
    };
    EXPECT_NEAR(shareAbove(Distribution::Gaussian, 1), 0.3173, 0.005);
    EXPECT_NEAR(shareAbove(Distribution::Gaussian, 3), 0.0027, 0.0005);
    EXPECT_NEAR(shareAbove(Distribution::Heavy, 1), 0.3910, 0.005); // Student's t with 3 degrees of freedom
    EXPECT_NEAR(shareAbove(Distribution::Heavy, 3), 0.0577, 0.003);
    EXPECT_NEAR(shareAbove(Distribution::Scaled, 100), 0.0005, 0.0005);
}

/// Two matrices of which every value names its place, and a vector.
class NumberedSource : public TensorSource
{
public:
    NumberedSource()
    {
        for (const auto &shape : {std::vector<std::int64_t>{9, 12}, {5}, {4, 8}}) {
            TensorInfo info;
            info.path = "t" + std::to_string(m_tensors.size());
            info.shape = shape;
            info.dtype = DType::F32;
            m_tensors.push_back(info);
        }
    }
    const std::string &fileName() const override { return m_name; }
    const std::vector<TensorInfo> &tensors() const override { return m_tensors; }
    Status readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out) override
    {
        const int which = tensor.path == "t0" ? 1 : 2;
        for (std::int64_t i = 0; i < out.rows; ++i)
            for (std::int64_t j = 0; j < out.cols; ++j)
                out(i, j) = -float(which * 10000 + (row0 + i) * 100 + j);
        return {};
    }
    Status readRawRows(const TensorInfo &, std::int64_t, std::int64_t, std::span<std::byte>) override
    {
        return fail(ErrorKind::Unsupported, m_name, "has no bytes");
    }

private:
    std::string m_name = "numbered";
    std::vector<TensorInfo> m_tensors;
};

TEST(BenchTiles, FromWeightsEachFullTileOnce)
{
    NumberedSource source;
    const Result<TileSet> set = weightTiles(source, "sample", 4, 1000, {});
    ASSERT_TRUE(set) << set.error().line();
    ASSERT_EQ(set->count(), 8); // 2 × 3 of 9 × 12, whose last row is left over, and 1 × 2 of 4 × 8
    std::set<float> corners;
    for (std::int64_t tile = 0; tile < set->count(); ++tile) {
        const Span2d<const float> values = std::as_const(*set).tile(tile);
        corners.insert(values(0, 0));
        EXPECT_EQ(values(3, 2), values(0, 0) + 302); // |W|, rows and columns in place
    }
    EXPECT_THAT(corners, ElementsAre(10000, 10004, 10008, 10400, 10404, 10408, 20000, 20004));
    EXPECT_FALSE(weightTiles(source, "sample", 16, 10, {}));
}

// --- rounds
// -----------------------------------------------------------------------------------------------------------------

/// Solves with `exact`, tells the times it was given, and writes its name down at each run.
class Scripted : public Contender
{
public:
    Scripted(std::string name, std::vector<std::string> &log) : m_name(std::move(name)), m_log(log) { }

    std::string method() const override { return m_name; }
    std::string backend() const override { return "script"; }
    int threads() const override { return 1; }
    Clock clock() const override { return Clock::Wall; }
    Status prepare(const TileSet &tiles, NmPattern pattern) override { return m_inner->prepare(tiles, pattern); }
    Result<double> run(std::int64_t tiles, const std::stop_token &stop) override
    {
        m_log.push_back(m_name);
        if (++m_runs == failAt)
            return fail(ErrorKind::Device, m_name, "fell over");
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, m_name, "stopped");
        const Result<double> took = m_inner->run(tiles, {});
        return took ? double(m_runs) * double(tiles) + (m_runs == 1 ? heldUp : 0) : took;
    }
    Result<Answer> answer() override
    {
        Result<Answer> answer = m_inner->answer();
        if (answer && spoil)
            spoil(*answer);
        return answer;
    }

    int failAt = -1;
    double heldUp = 0; // seconds added to the first run
    std::function<void(Answer &)> spoil;

private:
    const std::string m_name;
    std::vector<std::string> &m_log;
    const std::unique_ptr<Contender> m_inner = makeSolverContender(makeCpuBackend(), Method::Exact, {}, Clock::Wall);
    int m_runs = 0;
};

struct Table {
    std::vector<std::string> log;
    std::vector<std::unique_ptr<Contender>> contenders;
    std::stop_source stop;
    TileSet tiles = randomTiles(Distribution::Gaussian, 4, 64);
    RoundPlan plan;

    Table()
    {
        plan.repetitions = 3;
        plan.sliceSeconds = 1e-9; // one call a round
    }
    Scripted &add(const std::string &name)
    {
        auto contender = std::make_unique<Scripted>(name, log);
        Scripted &it = *contender;
        contenders.push_back(std::move(contender));
        return it;
    }
    Result<std::vector<Record>> run()
    {
        return runRounds(contenders, tiles, {2, 4}, plan, stop.get_token(), [](const Contender &) {});
    }
};

TEST(BenchRounds, ContendersTakeTurnsAndMediansAreTaken)
{
    Table table;
    table.plan.fewestJudged = 1;
    table.add("a");
    table.add("b");
    const auto records = table.run();
    ASSERT_TRUE(records);
    EXPECT_THAT(table.log, ElementsAre("a", "a", "b", "b", "a", "b", "a", "b", "a", "b"));
    for (const Record &record : *records) {
        EXPECT_EQ(record.failure, "");
        EXPECT_EQ(record.timing.tiles, 1);
        EXPECT_THAT(record.timing.secondsPerTile, ElementsAre(3, 4, 5)); // the first two found the number of tiles
        EXPECT_EQ(record.timing.median(), 4);
        EXPECT_EQ(record.verdict.gap->worst, 0);
    }
}

TEST(BenchRounds, SlowOnesAreJudgedOnMoreTilesThanTheyAreTimedOn)
{
    Table table;
    table.plan.fewestJudged = 20;
    table.add("a");
    const auto records = table.run();
    ASSERT_TRUE(records);
    EXPECT_EQ(records->front().timing.tiles, 1);
    EXPECT_EQ(records->front().judged, 20);
    EXPECT_EQ(records->front().commonTiles, 20);
    EXPECT_EQ(records->front().verdict.gaps.size(), 20U);
}

TEST(BenchRounds, ACalibrationThatWasHeldUpOnceIsNotBelieved)
{
    Table table;
    table.plan.sliceSeconds = 1000;
    table.add("a").heldUp = 1e6; // the first run alone
    const auto records = table.run();
    ASSERT_TRUE(records);
    EXPECT_EQ(records->front().timing.tiles, 64); // at no more than 10 s a tile
}

TEST(BenchRounds, OneThatFailsDropsOutAlone)
{
    Table table;
    table.add("a").failAt = 3; // the first in a round
    table.add("b");
    const auto records = table.run();
    ASSERT_TRUE(records);
    EXPECT_THAT(records->at(0).failure, HasSubstr("fell over"));
    EXPECT_EQ(records->at(1).failure, "");
    EXPECT_EQ(std::count(table.log.begin(), table.log.end(), "a"), 3);
}

TEST(BenchRounds, StoppingIsNoFailureOfAContender)
{
    Table table;
    table.add("a");
    table.stop.request_stop();
    const auto records = table.run();
    ASSERT_FALSE(records);
    EXPECT_EQ(records.error().kind, ErrorKind::Cancelled);
}

TEST(BenchJudge, CountsWhatIsKeptItself)
{
    Table table;
    table.plan.fewestJudged = 64;
    // All of tile 0 is lost.
    table.add("loses").spoil = [](Answer &answer) {
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < 4; ++j)
                answer.mask.set(i, j, false);
        answer.tiles[0].objective = 1e9; // boasting
    };
    table.add("grabs").spoil = [](Answer &answer) {
        for (int j = 0; j < 4; ++j)
            answer.mask.set(1, j, true);
    };
    table.add("shrinks").spoil = [](Answer &answer) {
        answer.mask = Mask(4, 4);
    };
    const auto records = table.run();
    ASSERT_TRUE(records);
    EXPECT_EQ(records->at(0).failure, "");
    EXPECT_EQ(records->at(0).verdict.gaps[0], 1);
    EXPECT_NEAR(records->at(0).verdict.gap->mean, 1.0 / 64, 1e-12);
    EXPECT_THAT(records->at(1).failure, HasSubstr("tile 0 keeps more than 2"));
    EXPECT_THAT(records->at(2).failure, HasSubstr("another size"));
}

TEST(BenchJudge, NobodyBeatsTheOptimum)
{
    const TileSet tiles = randomTiles(Distribution::Gaussian, 4, 4);
    const auto exact = makeSolverContender(makeCpuBackend(), Method::Exact, {}, Clock::Wall);
    ASSERT_TRUE(exact->prepare(tiles, {2, 4}));
    ASSERT_TRUE(exact->run(4, {}));
    const Result<Answer> answer = exact->answer();
    std::vector<double> optima = provenOptima(tiles, {2, 4}, {}).value();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(judge(*exact, *answer, tiles, {2, 4}, optima));
    optima[3] *= 0.999; // a referee that is wrong
    const Result<Verdict> verdict = judge(*exact, *answer, tiles, {2, 4}, optima);
    ASSERT_FALSE(verdict);
    EXPECT_THAT(verdict.error().what, HasSubstr("tile 3 keeps more than the proven optimum"));
}

TEST(BenchJudge, StandardErrorOfTheMean)
{
    const std::vector<double> gaps{1, 2, 3, 4};
    const Gap gap = Gap::of(gaps);
    EXPECT_EQ(gap.mean, 2.5);
    EXPECT_EQ(gap.worst, 4);
    EXPECT_NEAR(gap.standardError, std::sqrt((5.0 / 3) / 4), 1e-12);
}

} // namespace

} // namespace nms::bench
