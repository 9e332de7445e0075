// SPDX-License-Identifier: Apache-2.0
// --tensor, --exclude, --all and --skip-invalid, and what inspect --hardware says.
#include "tests/cli/cli_fixture.h"

#include <cmath>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class CliSelect : public CliTest
{
protected:
    CliSelect()
    {
        std::vector<float> broken(16 * 16, 1.0F);
        broken[16 * 2 + 5] = std::nanf("");
        writeSafetensors(path("w.safetensors"),
                         {{"embed_tokens.weight", gaussianTensor({64, 16}, 1)},
                          {"layers.0.up.weight", gaussianTensor({16, 16}, 2)},
                          {"layers.0.up.bias", gaussianTensor({16}, 3)},
                          {"layers.1.up.weight", floatTensor({16, 16}, broken)},
                          {"lm_head.weight", gaussianTensor({64, 16}, 4)},
                          {"norm.weight", gaussianTensor({16}, 5)}});
    }

    Finished solve(const std::vector<std::string> &more, const std::string &pattern = "4:8")
    {
        std::vector<std::string> arguments{"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", pattern,
                                           "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runProgram(arguments);
    }

    static std::vector<std::string> pathsOf(const Json &list)
    {
        std::vector<std::string> paths;
        for (const Json &entry : list)
            paths.push_back(entry["path"]);
        return paths;
    }
};

TEST_F(CliSelect, SkipInvalidGoesOn)
{
    const Finished ended = runProgram({"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", "4:8"});
    EXPECT_EQ(ended.exitStatus, 1);
    EXPECT_THAT(ended.err, HasSubstr("layers.1.up.weight: NaN at (2, 5)"));
    EXPECT_THAT(ended.err, HasSubstr("--skip-invalid"));
    const Finished gone = solve({"--skip-invalid"});
    ASSERT_EQ(gone.exitStatus, 0) << gone.err;
    const Json report = jsonOf(gone);
    EXPECT_THAT(pathsOf(report["tensors"]), ElementsAre("layers.0.up.weight"));
    std::map<std::string, std::string> reasons;
    for (const Json &entry : report["skipped"])
        reasons[entry["path"]] = entry["reason"];
    EXPECT_EQ(reasons["embed_tokens.weight"], "is an embedding");
    EXPECT_EQ(reasons["lm_head.weight"], "is an output head");
    EXPECT_EQ(reasons["layers.0.up.bias"], "is a bias");
    EXPECT_EQ(reasons["norm.weight"], "belongs to a norm");
    EXPECT_EQ(reasons["layers.1.up.weight"], "holds NaN at (2, 5)");
    EXPECT_EQ(readSafetensors(path("m.safetensors")).size(), 1U);
}

TEST_F(CliSelect, GlobsChooseAndExclude)
{
    const Finished all = solve({"--all", "--exclude", "layers.1.*"});
    ASSERT_EQ(all.exitStatus, 0) << all.err;
    EXPECT_THAT(pathsOf(jsonOf(all)["tensors"]), ElementsAre("embed_tokens.weight", "layers.0.up.weight", "lm_head.weight"));
    const Finished named = solve({"--tensor", "*_tokens*", "--tensor", "layers.[0]*"});
    ASSERT_EQ(named.exitStatus, 0) << named.err;
    EXPECT_THAT(pathsOf(jsonOf(named)["tensors"]), ElementsAre("embed_tokens.weight", "layers.0.up.weight"));
    const Finished none = solve({"--tensor", "layers.*.down*"});
    EXPECT_EQ(none.exitStatus, 1);
    EXPECT_THAT(none.err, HasSubstr("no tensor matches --tensor \"layers.*.down*\""));
    EXPECT_THAT(none.err, HasSubstr("near names are layers.0.up"));
    EXPECT_EQ(none.out, "");
}

TEST_F(CliSelect, CompareTakesEachPatternWhereItFits)
{
    const Finished finished = runProgram({"compare", path("w.safetensors"), "--patterns", "2:4,16:32", "--methods",
                                          "exact,greedy", "--tensor", "layers.0*weight", "--json"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    EXPECT_THAT(pathsOf(report["tensors"]), ElementsAre("layers.0.up.weight", "layers.0.up.weight"));
    EXPECT_EQ(report["skipped"][0]["reason"], "at 16:32: has 16 rows, fewer than a tile of 32×32");
}

TEST_F(CliSelect, RenderShowsOne)
{
    const std::vector<std::string> rest{"--view", "weights", "-o", path("p.png")};
    std::vector<std::string> several{"render", path("w.safetensors"), "--tensor", "layers.*.weight"};
    several.insert(several.end(), rest.begin(), rest.end());
    const Finished finished = runProgram(several);
    EXPECT_EQ(finished.exitStatus, 2);
    EXPECT_THAT(finished.err, HasSubstr("matches 2 tensors"));
    std::vector<std::string> one{"render", path("w.safetensors"), "--tensor", "lm_*"};
    one.insert(one.end(), rest.begin(), rest.end());
    EXPECT_EQ(runProgram(one).exitStatus, 0);
}

TEST_F(CliSelect, InspectTellsWhatRunsThePatterns)
{
    std::vector<float> half(64 * 64, 0.0F);
    for (std::size_t row = 0; row < 64; ++row)
        for (std::size_t col = 0; col < 64; ++col)
            half[row * 64 + col] = (row + col) % 4 < 2 ? 1.0F : 0.0F; // 2:4 both ways
    std::vector<float> coarse(64 * 64, 0.0F);
    for (std::size_t row = 0; row < 64; ++row)
        for (std::size_t col = 0; col < 64; ++col)
            coarse[row * 64 + col] = (row + col) % 16 < 8 ? 1.0F : 0.0F; // 8:16 both ways
    writeSafetensors(path("h.safetensors"),
                     {{"coarse", floatTensor({64, 64}, coarse)},
                      {"dense", gaussianTensor({64, 64}, 1)},
                      {"half", floatTensor({64, 64}, half)}});
    const Json report = jsonOf(runProgram({"inspect", path("h.safetensors"), "--hardware", "--json"}));
    std::map<std::string, Json> byPath;
    for (const Json &tensor : report["tensors"])
        byPath[tensor["path"]] = tensor["hardware"];
    EXPECT_EQ(byPath["half"]["summary"], "2:4 forward and backward would run, but something is missing");
    bool told = false;
    for (const Json &engine : byPath["half"]["engines"])
        if (engine["engine"] == "torch-cutlass" && engine["pass"] == "forward") {
            EXPECT_EQ(engine["pattern"], "2:4");
            EXPECT_EQ(engine["along"], "rows");
            EXPECT_EQ(engine["runs"], false);
            EXPECT_THAT(engine["missing"][0].get<std::string>(), HasSubstr("f32, takes f16"));
            told = true;
        }
    EXPECT_TRUE(told);
    EXPECT_THAT(byPath["coarse"]["summary"].get<std::string>(), HasSubstr("no released library supports 8:16"));
    EXPECT_TRUE(byPath["dense"]["engines"].empty());
    EXPECT_THAT(report["hardware"][0]["source"].get<std::string>(), testing::StartsWith("https://"));
    const Finished text = runProgram({"inspect", path("h.safetensors"), "--hardware"});
    EXPECT_EQ(text.exitStatus, 0);
    EXPECT_THAT(text.out, HasSubstr("PyTorch semi-structured tensors (CUTLASS)"));
    EXPECT_THAT(text.out, HasSubstr("Nothing that ships takes 8:16, 16:32"));
    EXPECT_THAT(runProgram({"inspect", path("h.safetensors")}).out, Not(HasSubstr("PyTorch")));
}

} // namespace nms::test
