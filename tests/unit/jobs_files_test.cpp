// SPDX-License-Identifier: Apache-2.0
// Inspecting, comparing, verifying and converting a file.
#include "core/io/mask_file.h"
#include "core/jobs/compare_file.h"
#include "core/jobs/convert_file.h"
#include "core/jobs/inspect_file.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/verify_file.h"
#include "tests/support/erring_backend.h"
#include "tests/unit/jobs_support.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class JobsFiles : public JobsTest
{
protected:
    void solve(const std::string &file, const std::string &out, NmPattern pattern)
    {
        jobs::SolveFileSettings settings{.file = path(file), .out = path(out)};
        settings.options.pattern = pattern;
        const auto report = jobs::solveFile(settings, *m_cpu, {});
        ASSERT_TRUE(report) << report.error().line();
    }
};

// --- inspect

TEST_F(JobsFiles, InspectTellsTheFactsOfEveryTensor)
{
    NamedWeights sparse = gaussianWeights("sparse", {16, 32}, 1);
    for (std::size_t cell = 0; cell < sparse.values.size(); cell += 2)
        sparse.values[cell] = 0;
    NamedWeights broken = gaussianWeights("broken", {8, 8}, 2);
    broken.values[5] = std::numeric_limits<float>::infinity();
    write("w.safetensors", {sparse, gaussianWeights("bias", {9}, 3), broken});
    const auto report = jobs::inspectFile({path("w.safetensors")}, m_host.progress(), m_host.events());
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_EQ(report->file, path("w.safetensors"));
    EXPECT_EQ(report->format, "safetensors");
    ASSERT_EQ(report->tensors.size(), 3U);
    ASSERT_TRUE(report->tensors[0].patterns);
    EXPECT_EQ(report->tensors[0].patterns->sparsity, 0.5);
    EXPECT_THAT(report->tensors[0].patterns->alongRows, testing::Contains(NmPattern{2, 4}));
    EXPECT_FALSE(report->tensors[1].patterns);
    EXPECT_EQ(report->tensors[2].nonFinite, 1);
    EXPECT_THAT(m_host.tensors(), ElementsAre("sparse", "bias", "broken"));
    EXPECT_EQ(m_host.total(), 16 * 32 + 64);
    EXPECT_EQ(m_host.done(), m_host.total());
}

TEST_F(JobsFiles, InspectKnowsMasks)
{
    write("w.safetensors", {gaussianWeights("a", {16, 16}, 1)});
    solve("w.safetensors", "m.safetensors", {4, 8});
    const auto report = jobs::inspectFile({path("m.safetensors")}, {});
    ASSERT_TRUE(report) << report.error().line();
    ASSERT_EQ(report->tensors.size(), 1U);
    ASSERT_TRUE(report->tensors[0].mask);
    EXPECT_EQ(report->tensors[0].mask->pattern, (NmPattern{4, 8}));
    EXPECT_EQ(report->tensors[0].mask->method, "exact");
}

TEST_F(JobsFiles, InspectStopsBetweenPanels)
{
    write("w.safetensors", {gaussianWeights("a", {4096, 2048}, 1)}); // two panels
    m_host.stopAfter(0);
    const auto report = jobs::inspectFile({path("w.safetensors")}, m_host.progress());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(m_host.done(), 2048 * 2048);
}

// --- compare

TEST_F(JobsFiles, CompareRunsEveryCaseOnEveryTensor)
{
    write("w.safetensors", {gaussianWeights("a", {32, 32}, 1), gaussianWeights("b", {16, 40}, 2)});
    jobs::CompareSettings settings{.file = path("w.safetensors")};
    settings.patterns = {{2, 4}, {4, 8}};
    settings.methods = {Method::Exact, Method::Greedy, Method::RowNm};
    const auto report = jobs::compareFile(settings, *m_cpu, *m_cpu, m_host.progress(), m_host.events());
    ASSERT_TRUE(report) << report.error().line();
    ASSERT_EQ(report->masks.size(), 12U);
    ASSERT_EQ(report->cases.size(), 6U);
    for (std::size_t i = 0; i < report->masks.size(); ++i) {
        const jobs::ComparedMask &mask = report->masks[i];
        EXPECT_EQ(mask.report.path, i < 6 ? "a" : "b");
        EXPECT_EQ(mask.options.pattern, report->cases[i % 6].pattern);
        EXPECT_EQ(mask.options.method, report->cases[i % 6].method);
        EXPECT_EQ(mask.report.method, nameOf(mask.options.method));
        EXPECT_EQ(mask.transposable, mask.options.method != Method::RowNm);
        EXPECT_GT(*mask.report.keptMagnitude, 0.5);
    }
    EXPECT_GE(*report->masks[0].report.objective, *report->masks[1].report.objective) << "exact and greedy";
    EXPECT_EQ(m_host.total(), 12);
    EXPECT_EQ(m_host.done(), 12);
    EXPECT_EQ(m_host.reports(), 13);
}

TEST_F(JobsFiles, CompareTakesAllMethodsWhereNoneIsNamed)
{
    write("w.safetensors", {gaussianWeights("a", {8, 8}, 1)});
    const auto report =
        jobs::compareFile({.file = path("w.safetensors"), .tensors = {}, .patterns = {{2, 4}}}, *m_cpu, *m_cpu, {});
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_EQ(report->masks.size(), offeredMethods().size());
}

TEST_F(JobsFiles, CompareRefusesWhatItCannotDo)
{
    write("w.safetensors", {gaussianWeights("a", {64, 64}, 1)});
    const auto refused = [&](const std::function<void(jobs::CompareSettings &)> &spoil, ErrorKind kind, const char *words) {
        jobs::CompareSettings settings{.file = path("w.safetensors"), .tensors = {}, .patterns = {{2, 4}}};
        spoil(settings);
        const auto report = jobs::compareFile(settings, *m_cpu, *m_cpu, {});
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, kind);
        EXPECT_THAT(report.error().line(), HasSubstr(words));
    };
    refused([](auto &settings) { settings.methods = {Method::Reference}; }, ErrorKind::Unsupported, "--methods reference");
    refused([](auto &settings) { settings.patterns.clear(); }, ErrorKind::Usage, "no pattern");
    refused([](auto &settings) { settings.patterns.push_back({9, 8}); }, ErrorKind::Usage, "9");
    refused([](auto &settings) { settings.memoryLimit = 64 * 64 * 4; }, ErrorKind::Resource, "a: its values take 16");
}

TEST_F(JobsFiles, CompareStopsAfterTheMaskUnderWay)
{
    write("w.safetensors", {gaussianWeights("a", {64, 64}, 1)});
    m_host.stopAfter(1);
    const auto report = jobs::compareFile({.file = path("w.safetensors"), .tensors = {}, .patterns = {{2, 4}, {4, 8}}},
                                          *m_cpu, *m_cpu, m_host.progress());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(m_host.done(), 2);
}

TEST_F(JobsFiles, CompareShowsNothingOfAWrongMask)
{
    write("w.safetensors", {gaussianWeights("a", {64, 96}, 1)});
    ErringBackend backend(ErringBackend::oneBitMore);
    const auto report =
        jobs::compareFile({.file = path("w.safetensors"), .tensors = {}, .patterns = {{4, 8}}, .methods = {Method::Greedy}},
                          backend, *m_cpu, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Internal);
    EXPECT_THAT(report.error().line(), HasSubstr("w.safetensors: a: "));
}

// --- verify

TEST_F(JobsFiles, VerifyRecomputesWhatSolvingReported)
{
    write("w.safetensors", {gaussianWeights("a", {64, 48}, 1), gaussianWeights("b", {24, 24}, 2)});
    solve("w.safetensors", "m.safetensors", {4, 8});
    const auto report =
        jobs::verifyFile({path("m.safetensors"), path("w.safetensors"), {}}, *m_cpu, m_host.progress(), m_host.events());
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_TRUE(report->holds());
    ASSERT_EQ(report->verdicts.size(), 2U);
    EXPECT_EQ(report->verdicts[0].report.tiles, 48);
    EXPECT_EQ(report->verdicts[0].report.relativeGap, 0);
    EXPECT_EQ(m_host.total(), 48 + 9);
    EXPECT_EQ(m_host.done(), 48 + 9);
    EXPECT_THAT(m_host.tensors(), ElementsAre("a", "b"));
}

TEST_F(JobsFiles, AMaskThatDoesNotHoldIsAVerdict)
{
    write("w.safetensors", {gaussianWeights("a", {16, 16}, 1)});
    solve("w.safetensors", "m.safetensors", {4, 8});
    const auto report = jobs::verifyFile({path("m.safetensors"), "", NmPattern{2, 4}}, *m_cpu, {});
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_FALSE(report->holds());
    EXPECT_GT(report->verdicts[0].violatingTiles, 0);
    EXPECT_FALSE(report->verdicts[0].report.objective) << "unknown without the weights";
}

TEST_F(JobsFiles, VerifyRefusesWhatItCannotJudge)
{
    write("w.safetensors", {gaussianWeights("a", {16, 16}, 1)});
    write("other.safetensors", {gaussianWeights("a", {16, 24}, 1)});
    solve("w.safetensors", "m.safetensors", {4, 8});
    const auto wrongShape = jobs::verifyFile({path("m.safetensors"), path("other.safetensors"), {}}, *m_cpu, {});
    ASSERT_FALSE(wrongShape);
    EXPECT_THAT(wrongShape.error().line(), HasSubstr("is 16×24, but its mask"));
    const auto noMask = jobs::verifyFile({path("w.safetensors"), "", {}}, *m_cpu, {});
    ASSERT_FALSE(noMask);
    EXPECT_EQ(noMask.error().kind, ErrorKind::Input);
}

TEST_F(JobsFiles, VerifyStopsInTheMiddle)
{
    write("w.safetensors", {gaussianWeights("a", {4096, 512}, 1)}); // two panels
    solve("w.safetensors", "m.safetensors", {4, 8});
    m_host.stopAfter(0);
    const auto report = jobs::verifyFile({path("m.safetensors"), "", {}}, *m_cpu, m_host.progress());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled);
    EXPECT_LT(m_host.done(), m_host.total());
}

// --- scores

/// Finite and not negative, and no magnitudes of the weights.
NamedWeights scoresLike(const std::string &path, const std::vector<std::int64_t> &shape)
{
    NamedWeights scores = gaussianWeights(path, shape, 99);
    for (float &value : scores.values)
        value = std::abs(value);
    return scores;
}

TEST_F(JobsFiles, MasksByAScoreSaySoAndAreVerifiedByIt)
{
    write("w.safetensors", {gaussianWeights("a", {40, 72}, 1), gaussianWeights("b", {33, 17}, 2)});
    write("s.safetensors", {scoresLike("a", {40, 72}), scoresLike("b", {33, 17})});
    for (const char *target : {"m.safetensors", "m.h5"})
        for (const std::string &score : {std::string("square"), path("s.safetensors")}) {
            SCOPED_TRACE(score);
            jobs::SolveFileSettings settings{path("w.safetensors"), path(target)};
            settings.options.pattern = {4, 8};
            settings.score = score;
            const auto solved = jobs::solveFile(settings, *m_cpu, {});
            ASSERT_TRUE(solved) << solved.error().line();
            EXPECT_EQ(solved->score, score == "square" ? "square" : "s.safetensors");
            const auto masks = MaskFile::open(path(target));
            ASSERT_TRUE(masks);
            EXPECT_EQ((*masks)->masks()[0].score, solved->score);
            // As the file says where it can be known from that, else by what is given.
            const auto byFile = jobs::verifyFile({path(target), path("w.safetensors"), {}, {}}, *m_cpu, {});
            ASSERT_TRUE(byFile) << byFile.error().line();
            EXPECT_TRUE(byFile->holds());
            EXPECT_EQ(byFile->verdicts[0].report.objective.has_value(), score == "square");
            const auto given = jobs::verifyFile({path(target), path("w.safetensors"), {}, {}, score}, *m_cpu, {});
            ASSERT_TRUE(given) << given.error().line();
            EXPECT_TRUE(given->holds());
            for (std::size_t k = 0; k < given->verdicts.size(); ++k) {
                EXPECT_NEAR(*given->verdicts[k].report.objective, *solved->tensors[k].report.objective,
                            1e-6 * *solved->tensors[k].report.objective);
                EXPECT_EQ(*given->verdicts[k].report.relativeGap, 0);
            }
            const auto wrong = jobs::verifyFile({path(target), path("w.safetensors"), {}, {}, "abs"}, *m_cpu, {});
            ASSERT_TRUE(wrong);
            EXPECT_FALSE(wrong->holds()) << "its objective is not that of |W|";
        }
}

TEST_F(JobsFiles, AMissingOrWrongScoreIsToldBeforeTheWork)
{
    write("w.safetensors", {gaussianWeights("a", {40, 72}, 1), gaussianWeights("b", {33, 17}, 2)});
    write("one.safetensors", {scoresLike("a", {40, 72})});
    write("shape.safetensors", {scoresLike("a", {40, 72}), scoresLike("b", {17, 33})});
    write("signed.safetensors", {scoresLike("a", {40, 72}), gaussianWeights("b", {33, 17}, 2)});
    jobs::SolveFileSettings settings{path("w.safetensors"), path("m.h5")};
    settings.options.pattern = {4, 8};
    const auto errorOf = [&](const std::string &score) {
        settings.score = score;
        const auto solved = jobs::solveFile(settings, *m_cpu, {});
        EXPECT_FALSE(solved) << score;
        EXPECT_FALSE(std::filesystem::exists(path("m.h5")));
        return solved ? std::string() : solved.error().line();
    };
    EXPECT_THAT(errorOf(path("one.safetensors")), HasSubstr("one.safetensors"));
    EXPECT_THAT(errorOf(path("shape.safetensors")), HasSubstr("is 17×33, but its weights are 33×17"));
    EXPECT_THAT(errorOf(path("signed.safetensors")), HasSubstr("the score is negative"));
    EXPECT_THAT(errorOf("cube"), HasSubstr("neither a rule nor a file"));
}

TEST_F(JobsFiles, ThePapersRoundingIsToldInFileAndReport)
{
    write("w.safetensors", {gaussianWeights("a", {160, 160}, 1)});
    jobs::SolveFileSettings settings{path("w.safetensors"), path("m.h5")};
    settings.options.pattern = {8, 16};
    settings.options.method = watchedMethod();
    settings.options.iterations = 20;
    settings.options.paperSwaps = 0;
    const auto solved = jobs::solveFile(settings, *m_cpu, {});
    ASSERT_TRUE(solved) << solved.error().line();
    EXPECT_GT(*solved->tensors[0].report.shortLines, 0);
    const auto verified = jobs::verifyFile({path("m.h5"), path("w.safetensors"), {}, {}}, *m_cpu, {});
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->holds());
    EXPECT_EQ(jobs::textOf(verified->verdicts[0].promise), "rows and columns, at most");
    EXPECT_EQ(verified->verdicts[0].entry.rounding, "paper:0");
}

// --- convert

TEST_F(JobsFiles, ConvertCountsBytes)
{
    write("w.safetensors", {gaussianWeights("a", {64, 64}, 1), gaussianWeights("b", {7}, 2)});
    const auto summary =
        jobs::convertFile({path("w.safetensors"), path("v.safetensors")}, m_host.progress(), m_host.events());
    ASSERT_TRUE(summary) << summary.error().line();
    EXPECT_EQ(summary->tensors, 2);
    EXPECT_EQ(m_host.total(), summary->bytes);
    EXPECT_EQ(m_host.done(), 4 * (64 * 64 + 7));
}

TEST_F(JobsFiles, AStoppedConversionLeavesNothing)
{
    write("w.safetensors", {gaussianWeights("a", {64, 64}, 1), gaussianWeights("b", {7}, 2)});
    m_host.stopAfter(0);
    const auto summary = jobs::convertFile({path("w.safetensors"), path("v.h5")}, m_host.progress());
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().kind, ErrorKind::Cancelled);
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

} // namespace nms::test
