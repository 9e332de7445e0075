// SPDX-License-Identifier: Apache-2.0
// Pruning files: what is read, what is written, and what is refused before anything is.
#include "core/io/weights_file.h"
#include "core/jobs/prune_file.h"
#include "core/jobs/verify_file.h"
#include "core/prune/cpu_algebra.h"
#include "core/tensor/row_panels.h"
#include "tests/unit/jobs_support.h"

#include <cmath>
#include <filesystem>
#include <limits>

namespace nms::test {

using testing::HasSubstr;

class JobsPrune : public JobsTest
{
protected:
    const std::unique_ptr<LinearAlgebra> m_algebra = makeCpuAlgebra();

    jobs::PruneFileSettings settings(Framework framework = Framework::Alps, NmPattern pattern = {4, 8}) const
    {
        jobs::PruneFileSettings settings{
            .file = path("w.safetensors"), .out = path("out.safetensors"), .calibration = path("x.safetensors")};
        settings.options.framework = framework;
        settings.options.tiles.pattern = pattern;
        return settings;
    }
    std::unique_ptr<WatchingHost> m_watch; // of the last call

    Result<jobs::PruneFileReport> prune(const jobs::PruneFileSettings &settings, std::int64_t stopAfter = -1)
    {
        m_watch = std::make_unique<WatchingHost>();
        m_watch->stopAfter(stopAfter);
        return jobs::pruneFile(settings, {*m_cpu, *m_algebra}, m_watch->progress(), m_watch->events());
    }
    std::string refusal(const jobs::PruneFileSettings &settings)
    {
        const auto report = prune(settings);
        EXPECT_FALSE(report);
        EXPECT_FALSE(std::filesystem::exists(settings.out));
        EXPECT_TRUE(settings.masks.empty() || !std::filesystem::exists(settings.masks));
        return report ? "" : report.error().line();
    }
    Matrix<float> read(const std::string &file, const std::string &tensor)
    {
        const auto source = openWeights(path(file));
        EXPECT_TRUE(source) << source.error().line();
        const auto found = findTensor(**source, tensor);
        EXPECT_TRUE(found) << found.error().line();
        auto matrix = readMatrix(**source, *found, std::int64_t(1) << 30);
        EXPECT_TRUE(matrix) << matrix.error().line();
        return std::move(*matrix);
    }
    std::vector<std::byte> readBytes(const std::string &file, const std::string &tensor)
    {
        const auto source = openWeights(path(file));
        EXPECT_TRUE(source) << source.error().line();
        const auto found = findTensor(**source, tensor);
        EXPECT_TRUE(found) << found.error().line();
        std::vector<std::byte> bytes(std::size_t(found->rawRows() * found->rawCols() * bytesOf(found->dtype)));
        EXPECT_TRUE((*source)->readRawRows(*found, 0, found->rawRows(), bytes));
        return bytes;
    }
    /// ‖X(W − Ŵ)ᵀ‖²/‖XWᵀ‖² in double; with `turned` weights are inputs × outputs.
    double error(const std::string &tensor, const std::string &inputs, bool turned = false)
    {
        const Matrix<float> x = read("x.safetensors", inputs), w = read("w.safetensors", tensor),
                            p = read("out.safetensors", tensor);
        const auto at = [turned](const Matrix<float> &m, std::int64_t out, std::int64_t in) {
            return double(turned ? m(in, out) : m(out, in));
        };
        double lost = 0, whole = 0;
        for (std::int64_t sample = 0; sample < x.rows(); ++sample)
            for (std::int64_t out = 0; out < (turned ? w.cols() : w.rows()); ++out) {
                double difference = 0, product = 0;
                for (std::int64_t in = 0; in < x.cols(); ++in) {
                    difference += double(x(sample, in)) * (at(w, out, in) - at(p, out, in));
                    product += double(x(sample, in)) * at(w, out, in);
                }
                lost += difference * difference;
                whole += product * product;
            }
        return lost / whole;
    }
};

TEST_F(JobsPrune, TheWholeModelComesBackWithPrunedLayers)
{
    write("w.safetensors",
          {gaussianWeights("a.weight", {24, 40}, 1), gaussianWeights("a.bias", {24}, 2),
           gaussianWeights("b.weight", {17, 24}, 3)});
    write("x.safetensors", {gaussianWeights("a/weight", {100, 40}, 4), gaussianWeights("b", {2, 45, 24}, 5)});
    for (const FrameworkTraits &traits : frameworks()) {
        jobs::PruneFileSettings chosen = settings(traits.framework);
        chosen.masks = path("m.safetensors");
        const auto report = prune(chosen);
        ASSERT_TRUE(report) << report.error().line();
        ASSERT_EQ(report->tensors.size(), 2U);
        EXPECT_EQ(report->tensors[1].samples, 90); // 2 × 45
        const double first = error("a.weight", "a/weight");
        EXPECT_NEAR(*report->tensors[0].error, first, 1e-4 * first) << traits.name;
        EXPECT_EQ(m_watch->done(), m_watch->total());
        EXPECT_EQ(m_watch->total(), 24 * 40 + 17 * 24);
        EXPECT_EQ(read("out.safetensors", "b.weight").rows(), 17);
        const auto verified =
            jobs::verifyFile({.masks = path("m.safetensors"), .weights = path("w.safetensors")}, *m_cpu, {});
        ASSERT_TRUE(verified) << verified.error().line();
        EXPECT_TRUE(verified->holds());
        const auto zeros = jobs::verifyFile({.masks = path("out.safetensors"), .pattern = NmPattern{4, 8}}, *m_cpu, {});
        ASSERT_TRUE(zeros) << zeros.error().line();
        EXPECT_TRUE(zeros->holds());
        const Matrix<float> weights = read("out.safetensors", "a.weight");
        const std::vector<std::byte> mask = readBytes("m.safetensors", "a.weight/mask");
        ASSERT_EQ(mask.size(), std::size_t(weights.size()));
        for (std::size_t i = 0; i < mask.size(); ++i)
            ASSERT_EQ(weights.data()[i] != 0, mask[i] == std::byte(1)) << traits.name << " " << i;
    }
}

TEST_F(JobsPrune, GramInTheFileGivesWhatItsInputsGive)
{
    NamedWeights x = gaussianWeights("a", {100, 40}, 4), h{"a/hessian", {40, 40}, std::vector<float>(1600)};
    for (int i = 0; i < 40; ++i)
        for (int j = 0; j < 40; ++j) {
            double sum = 0;
            for (int sample = 0; sample < 100; ++sample)
                sum += double(x.values[std::size_t(sample * 40 + i)]) * double(x.values[std::size_t(sample * 40 + j)]);
            h.values[std::size_t(i * 40 + j)] = float(sum);
        }
    write("w.safetensors", {gaussianWeights("a", {24, 40}, 1)});
    write("x.safetensors", {x});
    write("h.safetensors", {h});
    jobs::PruneFileSettings chosen = settings(Framework::SparseGpt);
    const auto fromInputs = prune(chosen);
    ASSERT_TRUE(fromInputs) << fromInputs.error().line();
    chosen.calibration = path("h.safetensors");
    const auto fromGram = prune(chosen);
    ASSERT_TRUE(fromGram) << fromGram.error().line();
    EXPECT_NEAR(*fromGram->tensors[0].error, *fromInputs->tensors[0].error, 1e-4);
    EXPECT_EQ(fromGram->tensors[0].samples, 0);
}

TEST_F(JobsPrune, KernelsStoredInByOutArePrunedTheOtherWayRound)
{
    write("w.safetensors", {gaussianWeights("dense/kernel", {40, 24}, 1)});
    write("x.safetensors", {gaussianWeights("dense", {100, 40}, 4)});
    jobs::PruneFileSettings chosen = settings(Framework::SparseGpt);
    chosen.tensors.axes = {{"dense/kernel", "io"}};
    for (const Kind kind : kinds()) {
        chosen.options.kind = kind;
        chosen.masks = path("m.safetensors");
        const auto report = prune(chosen);
        ASSERT_TRUE(report) << report.error().line();
        const double own = error("dense/kernel", "dense", true);
        EXPECT_NEAR(*report->tensors[0].error, own, 1e-4 * own) << nameOf(kind);
        const Matrix<float> weights = read("out.safetensors", "dense/kernel");
        for (std::int64_t col = 0; col < 24 && kind == Kind::RowNm; ++col) // of an output: a column of the file
            for (std::int64_t group = 0; group < 40; group += 8) {
                int kept = 0;
                for (std::int64_t row = group; row < group + 8; ++row)
                    kept += weights(row, col) != 0 ? 1 : 0;
                ASSERT_EQ(kept, 4);
            }
    }
}

TEST_F(JobsPrune, EachMatrixOfAStackHasItsOwnInputs)
{
    write("w.safetensors", {gaussianWeights("experts", {3, 16, 24}, 1)});
    write("x.safetensors",
          {gaussianWeights("experts[0]", {60, 24}, 4), gaussianWeights("experts[1]", {60, 24}, 5),
           gaussianWeights("experts[2]", {60, 24}, 6)});
    jobs::PruneFileSettings chosen = settings();
    chosen.tensors.axes = {{"experts", "eoi"}};
    const auto report = prune(chosen);
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_GT(*report->tensors[0].error, 0);
    write("x.safetensors", {gaussianWeights("experts[0]", {60, 24}, 4), gaussianWeights("experts[2]", {60, 24}, 6)});
    std::filesystem::remove(path("out.safetensors"));
    EXPECT_THAT(refusal(chosen), HasSubstr("experts[1]"));
}

TEST_F(JobsPrune, RulesSayWhereInputsAre)
{
    write("w.safetensors",
          {gaussianWeights("layers.0.q.weight", {16, 24}, 1), gaussianWeights("layers.1.q.weight", {16, 24}, 2)});
    write("x.safetensors", {gaussianWeights("in/0", {60, 24}, 4), gaussianWeights("in/1", {60, 24}, 5)});
    jobs::PruneFileSettings chosen = settings(Framework::Wanda);
    EXPECT_THAT(refusal(chosen), testing::AllOf(HasSubstr("layers.0.q.weight"), HasSubstr("--map")));
    chosen.rules = {*CalibrationRule::parse("layers.*.q.*=in/*")};
    const auto report = prune(chosen);
    ASSERT_TRUE(report) << report.error().line();
    const double second = error("layers.1.q.weight", "in/1");
    EXPECT_NEAR(*report->tensors[1].error, second, 1e-4 * second);
    const auto mapped = [](const char *rule, const std::string &name) {
        return CalibrationRule::parse(rule)->pathOf(name).value_or("none");
    };
    EXPECT_EQ(mapped("a=b", "a"), "b");
    EXPECT_EQ(mapped("a=b", "ab"), "none");
    EXPECT_EQ(mapped("*=x/*", "q"), "x/q");
    EXPECT_EQ(mapped("l*.*.w=*/*", "l.0.1.w"), "/0.1");
    EXPECT_EQ(mapped("experts[*]=in.*", "experts[7]"), "in.7");
    EXPECT_EQ(mapped("*a*a*=*|*|*", "xaya"), "x|y|");
    EXPECT_EQ(mapped("ab*ba=*", "aba"), "none");
    EXPECT_EQ(mapped("ab*ba=*", "abba"), "");
    for (const char *bad : {"", "=", "a=", "=b", "a", "a*=b*c*"})
        EXPECT_FALSE(CalibrationRule::parse(bad)) << bad;
}

TEST_F(JobsPrune, WhatCannotBeUsedIsRefusedBeforeTheFirstLayer)
{
    write("w.safetensors", {gaussianWeights("a", {24, 40}, 1), gaussianWeights("b", {24, 40}, 2)});
    const NamedWeights good = gaussianWeights("a", {100, 40}, 4);
    const auto with = [&](const NamedWeights &second) {
        write("x.safetensors", {good, second});
        return refusal(settings());
    };
    EXPECT_THAT(with(gaussianWeights("c", {100, 40}, 5)),
                testing::AllOf(HasSubstr("no activations of b"), HasSubstr("--map")));
    EXPECT_THAT(with(gaussianWeights("b", {100, 39}, 5)),
                testing::AllOf(HasSubstr("x.safetensors: b"), HasSubstr("100×39")));
    EXPECT_THAT(with(gaussianWeights("b", {40, 100}, 5)), HasSubstr("transpose"));
    EXPECT_THAT(with(gaussianWeights("b/hessian", {39, 39}, 5)), HasSubstr("39×39"));
    EXPECT_THAT(with(gaussianWeights("b", {40}, 5)), HasSubstr("40 inputs"));
    EXPECT_TRUE(m_watch->tensors().empty());
    NamedWeights broken = gaussianWeights("b", {100, 40}, 5);
    broken.values[7 * 40 + 3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(with(broken), testing::AllOf(HasSubstr("x.safetensors: b"), HasSubstr("(7, 3)")));
    EXPECT_THAT(with(gaussianWeights("b", {39, 40}, 5)), testing::AllOf(HasSubstr("singular"), HasSubstr("39 samples")));
    EXPECT_THAT(with({"b/hessian", {40, 40}, std::vector<float>(1600, 1.0F)}), HasSubstr("singular"));
    EXPECT_THAT(with({"b/hessian", {40, 40}, std::vector<float>(1600, 0.0F)}), HasSubstr("always 0"));
    EXPECT_THAT(with(gaussianWeights("b/hessian", {40, 40}, 5)),
                testing::AnyOf(HasSubstr("symmetric"), HasSubstr("negative")));
    jobs::PruneFileSettings without = settings();
    without.calibration.clear();
    EXPECT_THAT(refusal(without), HasSubstr("--calibration"));
    without.calibration = path("missing.h5");
    EXPECT_THAT(refusal(without), HasSubstr("missing.h5"));
}

TEST_F(JobsPrune, NothingThatIsReadIsWrittenTo)
{
    write("w.safetensors", {gaussianWeights("a", {24, 40}, 1)});
    write("x.safetensors", {gaussianWeights("a", {100, 40}, 4)});
    for (const std::string &file : {path("w.safetensors"), path("x.safetensors")}) {
        jobs::PruneFileSettings chosen = settings();
        chosen.out = file;
        const auto report = prune(chosen);
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, ErrorKind::Usage) << report.error().line();
        chosen = settings();
        chosen.masks = file;
        ASSERT_FALSE(prune(chosen));
    }
    jobs::PruneFileSettings itself = settings();
    itself.calibration = itself.file;
    EXPECT_THAT(refusal(itself), HasSubstr("weights themselves"));
    jobs::PruneFileSettings same = settings();
    same.masks = same.out;
    ASSERT_FALSE(prune(same));
    EXPECT_EQ(read("w.safetensors", "a").rows(), 24);
}

TEST_F(JobsPrune, AStopLeavesNothing)
{
    write("w.safetensors", {gaussianWeights("a", {64, 96}, 1), gaussianWeights("b", {64, 96}, 2)});
    write("x.safetensors", {gaussianWeights("a", {200, 96}, 4), gaussianWeights("b", {200, 96}, 5)});
    const auto report = prune(settings(), 64 * 96 / 2);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled) << report.error().line();
    EXPECT_FALSE(std::filesystem::exists(path("out.safetensors")));
}

} // namespace nms::test
