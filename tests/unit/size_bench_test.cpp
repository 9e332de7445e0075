// SPDX-License-Identifier: Apache-2.0
// Whole matrices of several sizes: what is measured, checked and told, on backends that need no device.
#include "core/bench/size_report.h"
#include "core/solver/cpu_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nms::bench {

namespace {

using testing::HasSubstr;

SizeSetup smallSetup()
{
    SizeSetup setup;
    setup.sides = {33, 64, 128};
    setup.options.pattern = {4, 8};
    setup.options.threads = 1;
    setup.repetitions = 2;
    return setup;
}

/// The CPU under another name; it may fail at one size, or keep another entry than it reports.
class OtherBackend : public SolverBackend
{
public:
    explicit OtherBackend(std::int64_t failsAt = 0, bool wrong = false) : m_failsAt(failsAt), m_wrong(wrong) { }

    std::string id() const override { return "cuda:0"; }
    std::string description() const override { return "another one"; }
    bool supports(Method method) const override { return method == Method::Exact; }
    bool supportsLive(Method) const override { return false; }
    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (score.rows == m_failsAt)
            return fail(ErrorKind::Device, id(), "is lost", "");
        auto solution = m_cpu->solve(score, options, progress);
        if (solution && m_wrong)
            solution->mask.set(0, 0, !solution->mask.at(0, 0));
        return solution;
    }
    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>>, const SolveOptions &,
                                                 const Progress &) override
    {
        return fail(ErrorKind::Unsupported, id(), "no live solve", "");
    }
    LiveMemory liveMemory(const TileGrid &, const SolveOptions &) const override { return {}; }

private:
    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
    const std::int64_t m_failsAt;
    const bool m_wrong;
};

SizeCurve curveOf(const std::string &backend, const std::vector<double> &seconds, const std::vector<std::int64_t> &sides)
{
    SizeCurve curve{backend, "", {}};
    for (std::size_t k = 0; k < sides.size(); ++k) {
        SizePoint &point = curve.points.emplace_back();
        point.side = sides[k];
        if (seconds[k] > 0)
            point.seconds = {seconds[k]};
        else
            point.failure = "failed";
    }
    return curve;
}

TEST(SizeBench, MeasuresTheCpuAlone)
{
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    int steps = 0;
    const auto result = runSizes(smallSetup(),
                                 {{cpu},
                                  {},
                                  [&](const std::string &, double) {
                                      ++steps;
                                  }},
                                 {});
    ASSERT_TRUE(result) << result.error().line();
    ASSERT_EQ(result->curves.size(), 1U);
    const SizeCurve &curve = result->curves.front();
    EXPECT_EQ(curve.backend, "cpu");
    ASSERT_EQ(curve.points.size(), 3U);
    for (const SizePoint &point : curve.points) {
        ASSERT_TRUE(point.done()) << point.failure;
        EXPECT_EQ(point.seconds.size(), 2U);
        EXPECT_GT(point.weightsPerSecond(), 0);
        EXPECT_FALSE(point.copySeconds);
    }
    EXPECT_EQ(steps, 3 * 3);
    EXPECT_FALSE(result->worthwhileFrom(curve));
    EXPECT_EQ(sizeTableOf(*result).rows.size(), 3U);
    const auto json = sizesToJson(*result);
    EXPECT_EQ(json["backends"].size(), 1U);
    EXPECT_TRUE(json["backends"][0]["worthwhile_from"].is_null());
    EXPECT_EQ(json["backends"][0]["points"][2]["side"], 128);
    EXPECT_TRUE(json["backends"][0]["points"][2]["copy_seconds"].is_null());
}

TEST(SizeBench, CopiesAreToldApart)
{
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend(), other = std::make_shared<OtherBackend>();
    SizeResources means{{other, cpu}, {}, {}};
    means.copySeconds = [](const SolverBackend &backend, const WeightsView &weights) -> Result<double> {
        if (backend.id() == "cpu")
            return fail(ErrorKind::Unsupported, "cpu", "copies nothing", "");
        return double(weights.rows * weights.rowBytes());
    };
    const auto result = runSizes(smallSetup(), means, {});
    ASSERT_TRUE(result) << result.error().line();
    ASSERT_EQ(result->curves.size(), 2U);
    EXPECT_EQ(result->curves[0].points[1].copySeconds, 64 * 64 * 2);
    EXPECT_FALSE(result->curves[1].points[1].copySeconds);
}

TEST(SizeBench, TellsOfFailuresAndWrongMasks)
{
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    const auto fails = runSizes(smallSetup(), {{std::make_shared<OtherBackend>(64), cpu}, {}, {}}, {});
    ASSERT_TRUE(fails);
    EXPECT_TRUE(fails->curves[0].points[0].done());
    EXPECT_THAT(fails->curves[0].points[1].failure, HasSubstr("is lost"));
    EXPECT_TRUE(fails->curves[0].points[2].done());
    EXPECT_THAT(sizeLegendOf(*fails), HasSubstr("64² on cuda:0: cuda:0: is lost"));
    EXPECT_EQ(sizeTableOf(*fails).rows[2][2], "–");
    const auto wrong = runSizes(smallSetup(), {{std::make_shared<OtherBackend>(0, true), cpu}, {}, {}}, {});
    ASSERT_TRUE(wrong);
    for (const SizePoint &point : wrong->curves[0].points) {
        EXPECT_FALSE(point.done());
        EXPECT_FALSE(point.leftOut);
    }
    SizeSetup hurried = smallSetup();
    hurried.seconds = 1e-9;
    const auto leftOut = runSizes(hurried, {{cpu}, {}, {}}, {});
    ASSERT_TRUE(leftOut);
    EXPECT_TRUE(leftOut->curves[0].points[0].done());
    EXPECT_TRUE(leftOut->curves[0].points[2].leftOut);
}

TEST(SizeBench, StopsAndRefusesAMethodThatNoneHas)
{
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(runSizes(smallSetup(), {{cpu}, {}, {}}, stop.get_token()).error().kind, ErrorKind::Cancelled);
    SizeSetup setup = smallSetup();
    setup.options.method = Method::Dykstra;
    EXPECT_EQ(runSizes(setup, {{std::make_shared<OtherBackend>()}, {}, {}}, {}).error().kind, ErrorKind::Unsupported);
}

TEST(SizeBench, ADeviceIsWorthwhileWhereItStaysFaster)
{
    const std::vector<std::int64_t> sides{128, 256, 512, 1024};
    const auto from = [&](const std::vector<double> &cpu, const std::vector<double> &device) {
        SizeResult result;
        result.setup.sides = sides;
        result.curves = {curveOf("cuda:0", device, sides), curveOf("cpu", cpu, sides)};
        EXPECT_FALSE(result.worthwhileFrom(result.curves[1]));
        return result.worthwhileFrom(result.curves[0]);
    };
    EXPECT_EQ(from({1, 2, 3, 4}, {9, 9, 2, 3}), 512);
    EXPECT_EQ(from({1, 2, 3, 4}, {0.5, 9, 2, 3}), 512); // an outlier at a small size
    EXPECT_EQ(from({1, 2, 3, 4}, {0.5, 1, 2, 3}), 128);
    EXPECT_EQ(from({1, 2, 3, 4}, {0.5, 1, 2, 4}), std::nullopt);
    EXPECT_EQ(from({1, 2, 3, 0}, {5, 1, 2, 3}), 256); // the CPU failed at the largest
    SizeResult alone;
    alone.setup.sides = sides;
    alone.curves = {curveOf("cuda:0", {1, 1, 1, 1}, sides)};
    EXPECT_FALSE(alone.worthwhileFrom(alone.curves[0]));
}

} // namespace

} // namespace nms::bench
