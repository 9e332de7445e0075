// SPDX-License-Identifier: Apache-2.0
// Which tensors a job takes: names, globs, roles, and what is left out for NaN.
#include "core/jobs/compare_file.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/tensor_selection.h"
#include "tests/unit/jobs_support.h"

#include <limits>
#include <map>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

/// Names, shapes and types alone.
class ListedSource final : public TensorSource
{
public:
    ListedSource &add(std::string path, std::vector<std::int64_t> shape, DType dtype = DType::F32)
    {
        TensorInfo tensor;
        tensor.path = std::move(path);
        tensor.shape = std::move(shape);
        tensor.dtype = dtype;
        tensor.storedType = dtype == DType::I8 ? "I8" : "F32";
        m_tensors.push_back(std::move(tensor));
        return *this;
    }
    const std::string &fileName() const override { return m_name; }
    const std::vector<TensorInfo> &tensors() const override { return m_tensors; }
    Status readRows(const TensorInfo &, std::int64_t, Span2d<float>) override
    {
        return fail(ErrorKind::Internal, "", "unread");
    }
    Status readRawRows(const TensorInfo &, std::int64_t, std::int64_t, std::span<std::byte>) override
    {
        return fail(ErrorKind::Internal, "", "unread");
    }

private:
    std::string m_name = "w.safetensors";
    std::vector<TensorInfo> m_tensors;
};

ListedSource model()
{
    ListedSource source;
    source.add("model.embed_tokens.weight", {64, 32})
        .add("model.layers.0.mlp.up.weight", {32, 32})
        .add("model.layers.0.mlp.up.bias", {32})
        .add("model.layers.0.norm.weight", {32})
        .add("model.layers.1.mlp.up.weight", {32, 32})
        .add("model.layers.1.mlp.small.weight", {2, 32})
        .add("lm_head.weight", {64, 32});
    return source;
}

std::vector<std::string> namesOf(const std::vector<TensorInfo> &tensors)
{
    std::vector<std::string> names;
    names.reserve(tensors.size());
    for (const TensorInfo &tensor : tensors)
        names.push_back(tensor.path);
    return names;
}

std::map<std::string, std::string> reasonsOf(const std::vector<SkippedEntry> &skipped)
{
    std::map<std::string, std::string> reasons;
    for (const SkippedEntry &entry : skipped)
        reasons[entry.path] = entry.reason;
    return reasons;
}

TEST(TensorSelection, LeavesOutByRoleAndSaysWhy)
{
    const ListedSource source = model();
    const auto selection = jobs::selectTensors(source, {}, 4);
    ASSERT_TRUE(selection);
    EXPECT_THAT(namesOf(selection->taken), ElementsAre("model.layers.0.mlp.up.weight", "model.layers.1.mlp.up.weight"));
    const auto reasons = reasonsOf(selection->skipped);
    EXPECT_EQ(reasons.at("model.embed_tokens.weight"), "is an embedding");
    EXPECT_EQ(reasons.at("model.layers.0.mlp.up.bias"), "is a bias");
    EXPECT_EQ(reasons.at("model.layers.0.norm.weight"), "belongs to a norm");
    EXPECT_EQ(reasons.at("model.layers.1.mlp.small.weight"), "has 2 rows, fewer than a tile of 4×4");
    EXPECT_EQ(reasons.at("lm_head.weight"), "is an output head");
    EXPECT_EQ(reasons.size(), 5U);
}

TEST(TensorSelection, AllTakesEveryMatrix)
{
    const ListedSource source = model();
    const auto selection = jobs::selectTensors(source, {.all = true}, 4);
    ASSERT_TRUE(selection);
    EXPECT_THAT(namesOf(selection->taken),
                ElementsAre("model.embed_tokens.weight", "model.layers.0.mlp.up.weight", "model.layers.1.mlp.up.weight",
                            "lm_head.weight"));
    EXPECT_EQ(reasonsOf(selection->skipped).at("model.layers.0.mlp.up.bias"), "has 1 dimension, not 2 or more");
}

TEST(TensorSelection, GlobsCrossEverySeparatorAndAreTakenWhateverTheirRole)
{
    const ListedSource source = model();
    const auto layers = jobs::selectTensors(source, {.named = {"*.mlp.*"}}, 4);
    ASSERT_TRUE(layers);
    EXPECT_THAT(namesOf(layers->taken), ElementsAre("model.layers.0.mlp.up.weight", "model.layers.1.mlp.up.weight"));
    EXPECT_EQ(reasonsOf(layers->skipped).size(), 2U); // the bias and the small one, which match but cannot be cut
    const auto both = jobs::selectTensors(source, {.named = {"lm_*", "model.layers.1.mlp.up.weight", "*up.weight"}}, 4);
    ASSERT_TRUE(both);
    EXPECT_THAT(namesOf(both->taken),
                ElementsAre("lm_head.weight", "model.layers.1.mlp.up.weight", "model.layers.0.mlp.up.weight"));
    const auto without = jobs::selectTensors(source, {.excluded = {"*.layers.1.*"}}, 4);
    ASSERT_TRUE(without);
    EXPECT_THAT(namesOf(without->taken), ElementsAre("model.layers.0.mlp.up.weight"));
    EXPECT_EQ(reasonsOf(without->skipped).at("model.layers.1.mlp.up.weight"), "is left out by --exclude *.layers.1.*");
}

TEST(TensorSelection, ANameThatExistsIsNoGlob)
{
    ListedSource source;
    source.add("w[0]", {8, 8}).add("w0", {8, 8}).add("a*", {8, 8}).add("ab", {8, 8});
    const auto exact = jobs::selectTensors(source, {.named = {"w[0]", "a*"}}, 4);
    ASSERT_TRUE(exact);
    EXPECT_THAT(namesOf(exact->taken), ElementsAre("w[0]", "a*"));
    const auto glob = jobs::selectTensors(source, {.named = {"w[0-9]", "/a?"}}, 4);
    ASSERT_TRUE(glob);
    EXPECT_THAT(namesOf(glob->taken), ElementsAre("w0", "a*", "ab"));
}

TEST(TensorSelection, ErrorsNameWhatIsNear)
{
    const ListedSource source = model();
    const auto errorOf = [&](const jobs::TensorChoice &choice) {
        const auto selection = jobs::selectTensors(source, choice, 4);
        EXPECT_FALSE(selection);
        return selection ? std::string() : selection.error().line();
    };
    EXPECT_THAT(errorOf({.named = {"model.layers.0.mpl.*"}}),
                HasSubstr("no tensor matches --tensor \"model.layers.0.mpl.*\""));
    EXPECT_THAT(errorOf({.named = {"model.layers.0.mpl.*"}}), HasSubstr("near names are model.layers.0.mlp.up.bias"));
    EXPECT_THAT(errorOf({.excluded = {"nothing*"}}), HasSubstr("no tensor matches --exclude \"nothing*\""));
    EXPECT_THAT(errorOf({.excluded = {"nothing"}}), HasSubstr("holds no tensor nothing"));
    EXPECT_THAT(errorOf({.named = {"lm_head.weight", "/lm_head.weight"}}), HasSubstr("is named twice"));
    EXPECT_THAT(errorOf({.named = {"model.layers.1.mlp.small.weight"}}), HasSubstr("choose a smaller M"));
    EXPECT_THAT(errorOf({.named = {"model.layers.0.norm.weight"}}),
                HasSubstr("has 1 dimension, not 2 or more; choose another"));
}

TEST(TensorSelection, NothingLeftIsToldByTheTrueReason)
{
    const auto errorOf = [](const ListedSource &source, const jobs::TensorChoice &choice = {}) {
        const auto selection = jobs::selectTensors(source, choice, 4);
        EXPECT_FALSE(selection);
        return selection ? std::string() : selection.error().line();
    };
    ListedSource quantised;
    quantised.add("s", {16}).add("q", {16, 16}, DType::I8);
    EXPECT_THAT(errorOf(quantised), HasSubstr("q holds I8 "));
    EXPECT_THAT(errorOf(quantised), Not(HasSubstr("smaller M")));
    ListedSource embedding;
    embedding.add("emb.weight", {16, 16}).add("norm.weight", {16});
    EXPECT_THAT(errorOf(embedding), HasSubstr("emb.weight is an embedding"));
    EXPECT_THAT(errorOf(embedding), HasSubstr("--all"));
    ListedSource small;
    small.add("w", {3, 3}).add("bias", {3});
    EXPECT_THAT(errorOf(small), HasSubstr("no tensor has at least 4 rows and 4 columns (w has 3 rows"));
    EXPECT_THAT(errorOf(small), HasSubstr("choose a smaller M"));
    EXPECT_THAT(errorOf(model(), {.excluded = {"*"}}), HasSubstr("is left out by --exclude *"));
    EXPECT_THAT(errorOf(ListedSource()), HasSubstr("holds no tensors"));
}

class JobsSelection : public JobsTest
{
protected:
    JobsSelection()
    {
        NamedWeights broken = gaussianWeights("broken", {16, 24}, 2);
        broken.values[24 * 3 + 7] = std::numeric_limits<float>::quiet_NaN();
        write("w.safetensors", {gaussianWeights("a", {48, 64}, 1), broken, gaussianWeights("c", {16, 16}, 3)});
    }
};

TEST_F(JobsSelection, SolveSkipsInvalidTensorsBeforeTheFirstIsSolved)
{
    jobs::SolveFileSettings settings{.file = path("w.safetensors"), .out = path("m.safetensors")};
    settings.options.pattern = {4, 8};
    settings.tensors.skipInvalid = true;
    const auto report = jobs::solveFile(settings, *m_cpu, m_host.progress(), m_host.events());
    ASSERT_TRUE(report) << report.error().line();
    ASSERT_EQ(report->tensors.size(), 2U);
    EXPECT_EQ(report->tensors[1].report.path, "c");
    EXPECT_EQ(reasonsOf(report->skipped).at("broken"), "holds NaN at (3, 7)");
    EXPECT_THAT(m_host.tensors(), ElementsAre("a", "broken", "c", "a", "c")); // read, then solved
    EXPECT_EQ(m_host.total(), 2 * (48 + 6 + 4));
    EXPECT_EQ(m_host.done(), m_host.total());
    EXPECT_THAT(filesLeft(), ElementsAre("m.safetensors", "w.safetensors"));
}

TEST_F(JobsSelection, NothingValidIsAnError)
{
    jobs::SolveFileSettings settings{.file = path("w.safetensors"), .out = path("m.safetensors")};
    settings.options.pattern = {4, 8};
    settings.tensors = {.named = {"broken"}, .skipInvalid = true};
    const auto report = jobs::solveFile(settings, *m_cpu, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Input);
    EXPECT_THAT(report.error().line(), HasSubstr("broken holds NaN at (3, 7)"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST_F(JobsSelection, CompareTakesEachPatternWhereItFits)
{
    jobs::CompareSettings settings{.file = path("w.safetensors")};
    settings.patterns = {{4, 8}, {16, 32}, {32, 64}};
    settings.methods = {Method::Exact, Method::Greedy};
    settings.tensors.skipInvalid = true;
    const auto report = jobs::compareFile(settings, *m_cpu, *m_cpu, m_host.progress());
    ASSERT_TRUE(report) << report.error().line();
    std::vector<std::string> rows;
    for (const jobs::ComparedMask &mask : report->masks)
        rows.push_back(mask.report.path + " " + mask.report.pattern.text() + " " + mask.report.method);
    EXPECT_THAT(
        rows, ElementsAre("a 4:8 exact", "a 4:8 greedy", "a 16:32 exact", "a 16:32 greedy", "c 4:8 exact", "c 4:8 greedy"));
    EXPECT_THAT(namesOf(report->tensors), ElementsAre("a", "c"));
    std::vector<std::string> skipped;
    for (const SkippedEntry &entry : report->skipped)
        skipped.push_back(entry.path + " " + entry.reason);
    EXPECT_THAT(skipped,
                ElementsAre("a at 32:64: has 48 rows, fewer than a tile of 64×64",
                            "broken at 16:32: has 16 rows, fewer than a tile of 32×32",
                            "broken at 32:64: has 16 rows, fewer than a tile of 64×64",
                            "c at 16:32: has 16 rows, fewer than a tile of 32×32",
                            "c at 32:64: has 16 rows, fewer than a tile of 64×64", "broken holds NaN at (3, 7)"));
    EXPECT_EQ(m_host.total(), 8);
    EXPECT_EQ(m_host.done(), 8);
}

TEST_F(JobsSelection, CompareKnowsWhatDoesNotFitIntoMemoryBeforeItBegins)
{
    jobs::CompareSettings settings{.file = path("w.safetensors"), .tensors = {.excluded = {"broken"}}, .patterns = {{2, 4}}};
    settings.memoryLimit = 2 * 48 * 64 * 4 - 2; // the last that is refused for "a"
    const auto report = jobs::compareFile(settings, *m_cpu, *m_cpu, m_host.progress());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Resource);
    EXPECT_EQ(m_host.reports(), 0);
}

} // namespace nms::test
