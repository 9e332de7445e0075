// SPDX-License-Identifier: Apache-2.0
// Small tensors of a file that a solver takes together: the file, the figures and the errors are those of one by one.
#include "core/jobs/solve_file.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/unit/jobs_support.h"

#include <limits>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

/// Another backend whose solver gains from many matrices, or does not; it counts its calls.
class ManyBackend : public SolverBackend
{
public:
    ManyBackend(SolverBackend &inner, bool gains) : m_inner(inner), m_gains(gains) { }

    std::string id() const override { return m_inner.id(); }
    std::string description() const override { return m_inner.description(); }
    bool supports(Method method) const override { return m_inner.supports(method); }
    bool supportsLive(Method) const override { return false; }
    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        return m_inner.solve(score, options, progress);
    }
    Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options) override
    {
        auto solver = m_inner.startWeights(options);
        if (!solver)
            return fail(solver.error());
        return std::make_unique<Solver>(*this, std::move(*solver));
    }
    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>>, const SolveOptions &,
                                                 const Progress &) override
    {
        return fail(ErrorKind::Unsupported, id(), "no live solve", "");
    }
    LiveMemory liveMemory(const TileGrid &, const SolveOptions &) const override { return {}; }

    std::vector<std::size_t> together; // matrices of each call of solveAll
    int alone = 0; // calls of solve

private:
    class Solver : public WeightsSolver
    {
    public:
        Solver(ManyBackend &backend, std::unique_ptr<WeightsSolver> inner)
            : m_backend(backend), m_inner(std::move(inner)) { }
        Result<Solution> solve(const WeightsView &weights, const Progress &progress) override
        {
            ++m_backend.alone;
            return m_inner->solve(weights, progress);
        }
        std::vector<Result<Solution>> solveAll(std::span<const WeightsView> matrices, const Progress &progress) override
        {
            m_backend.together.push_back(matrices.size());
            return m_inner->solveAll(matrices, progress);
        }
        bool gainsFromMany() const override { return m_backend.m_gains; }
        std::int64_t weightsAtOnce() override { return 64 << 10; } // groups of 16384, of tensors up to 8192
        std::int64_t bytesPerWeight() const override { return m_inner->bytesPerWeight(); }

    private:
        ManyBackend &m_backend;
        const std::unique_ptr<WeightsSolver> m_inner;
    };

    SolverBackend &m_inner;
    const bool m_gains;
};

class JobsSmall : public JobsTest
{
protected:
    JobsSmall()
    {
        write("w.safetensors",
              {gaussianWeights("a", {48, 64}, 1), gaussianWeights("b", {33, 70}, 2), gaussianWeights("bias", {64}, 3),
               gaussianWeights("c", {20, 70}, 4), gaussianWeights("conv.weight", {17, 12, 3, 3}, 5),
               gaussianWeights("d", {128, 64}, 6), gaussianWeights("large", {200, 64}, 7), gaussianWeights("x", {64, 64}, 8),
               gaussianWeights("y", {65, 33}, 9)});
        m_settings.file = path("w.safetensors");
        m_settings.options.pattern = {4, 8};
    }

    Result<jobs::SolveFileReport> solve(SolverBackend &backend, const std::string &out)
    {
        m_settings.out = path(out);
        return jobs::solveFile(m_settings, backend, {});
    }
    /// Once in a test: counts never fall.
    Result<jobs::SolveFileReport> solveWatched(SolverBackend &backend)
    {
        m_settings.out = path("m.safetensors");
        return jobs::solveFile(m_settings, backend, m_host.progress(), m_host.events());
    }

    jobs::SolveFileSettings m_settings;
};

TEST_F(JobsSmall, TheFileAndTheReportAreThoseOfOneByOne)
{
    const auto warp = makeHostWarpBackend();
    for (SolverBackend *inner : {m_cpu.get(), warp.get()})
        for (const Method method : {Method::Exact, Method::Dykstra, Method::RowNm})
            for (const MaskFormat format : {MaskFormat::Bytes, MaskFormat::Packed, MaskFormat::Applied}) {
                m_settings.options.method = method;
                m_settings.options.iterations = 20;
                m_settings.format = format;
                ManyBackend many(*inner, true), single(*inner, false);
                const auto grouped = solve(many, "many.safetensors"), wanted = solve(single, "single.safetensors");
                ASSERT_TRUE(grouped) << grouped.error().line();
                ASSERT_TRUE(wanted) << wanted.error().line();
                EXPECT_EQ(readFile(path("many.safetensors")), readFile(path("single.safetensors")));
                // a, b, c and the nine matrices of conv; d (a new group); large alone; x and y.
                EXPECT_THAT(many.together, ElementsAre(12, 1, 2)) << inner->id();
                EXPECT_EQ(many.alone, 1) << inner->id();
                EXPECT_TRUE(single.together.empty());
                ASSERT_EQ(grouped->tensors.size(), wanted->tensors.size());
                for (std::size_t k = 0; k < wanted->tensors.size(); ++k) {
                    const jobs::SolvedTensor &a = grouped->tensors[k], &b = wanted->tensors[k];
                    EXPECT_EQ(a.report.path, b.report.path);
                    EXPECT_EQ(a.report.objective, b.report.objective);
                    EXPECT_EQ(a.report.upperBound, b.report.upperBound);
                    EXPECT_EQ(a.report.keptMagnitude, b.report.keptMagnitude);
                    EXPECT_EQ(a.report.relativeSquaredError, b.report.relativeSquaredError);
                    EXPECT_EQ(a.report.keptScore, b.report.keptScore);
                    EXPECT_EQ(a.report.tiles, b.report.tiles);
                    EXPECT_EQ(a.totals.worstTile, b.totals.worstTile);
                    EXPECT_EQ(a.totals.iterations, b.totals.iterations);
                    EXPECT_GT(a.report.seconds, 0);
                }
            }
}

TEST_F(JobsSmall, CountsAllTilesAndTellsOfEveryTensor)
{
    ManyBackend many(*m_cpu, true);
    ASSERT_TRUE(solveWatched(many));
    EXPECT_THAT(m_host.tensors(), ElementsAre("a", "b", "c", "conv.weight", "d", "large", "x", "y"));
    EXPECT_EQ(m_host.done(), m_host.total());
}

TEST_F(JobsSmall, AnErrorNamesItsTensor)
{
    NamedWeights weights = gaussianWeights("b", {33, 70}, 2);
    weights.values[70 * 20 + 7] = std::numeric_limits<float>::quiet_NaN();
    write("w.safetensors", {gaussianWeights("a", {48, 64}, 1), weights, gaussianWeights("c", {33, 70}, 2)});
    ManyBackend many(*m_cpu, true);
    const auto report = solveWatched(many);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Input);
    EXPECT_THAT(report.error().line(), HasSubstr("w.safetensors: b: NaN at (20, 7)"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST_F(JobsSmall, StoppedInTheMiddleLeavesNothing)
{
    std::vector<NamedWeights> tensors;
    for (unsigned k = 0; k < 60; ++k)
        tensors.push_back(gaussianWeights("t" + std::to_string(k), {64, 64}, k));
    write("w.safetensors", tensors);
    ManyBackend many(*m_cpu, true);
    m_host.stopAfter(500);
    const auto report = solveWatched(many);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled);
    EXPECT_LT(m_host.done(), m_host.total());
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

/// What is kept of an interrupted solve is kept tensor by tensor; scores of a file are not |W|.
TEST_F(JobsSmall, OthersAreSolvedOneByOne)
{
    ManyBackend many(*m_cpu, true);
    m_settings.resume = true;
    ASSERT_TRUE(solve(many, "m.safetensors"));
    EXPECT_TRUE(many.together.empty());
    m_settings.resume = false;
    m_settings.score = "square";
    ASSERT_TRUE(solve(many, "m.safetensors"));
    EXPECT_TRUE(many.together.empty());
}

} // namespace nms::test
