// SPDX-License-Identifier: Apache-2.0
// Tensors of more than two dimensions, and models that are written again, as a user gets them.
#include "tests/cli/cli_fixture.h"

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

class CliStack : public CliTest
{
protected:
    CliStack()
    {
        writeSafetensors(path("w.safetensors"),
                         {{"conv.weight", gaussianTensor({10, 9, 3, 1}, 1)},
                          {"dw.weight", gaussianTensor({16, 1, 3, 3}, 2)},
                          {"experts.w", gaussianTensor({3, 8, 12}, 3)},
                          {"fc.bias", gaussianTensor({16}, 4)}});
    }
};

TEST_F(CliStack, InspectSaysWhatEachTensorIsTakenFor)
{
    const Finished text = runProgram({"inspect", path("w.safetensors")});
    EXPECT_THAT(text.out, HasSubstr("conv2d kernel, 3 matrices 10 × 9 (out × in)"));
    EXPECT_THAT(text.out, HasSubstr("stack of experts, 3 matrices 8 × 12 (rows × columns)"));
    EXPECT_THAT(text.out, HasSubstr("depthwise conv2d kernel, 9 matrices 16 × 1 (out × in)"));
    const Json tensors = jsonOf(runProgram({"inspect", path("w.safetensors"), "--json"}))["tensors"];
    EXPECT_EQ(tensors[0]["matrices"], (Json{{"count", 3}, {"rows", 10}, {"cols", 9}, {"axes", "out × in"}}));
    EXPECT_EQ(tensors[0]["letters"], "oihw");
    EXPECT_EQ(tensors[0]["reason"], "conv2d kernel");
    EXPECT_TRUE(tensors[3]["matrices"].is_null());
}

TEST_F(CliStack, AxesOverrule)
{
    const Json told = jsonOf(runProgram(
        {"inspect", path("w.safetensors"), "--axes", "experts*=ooi", "--axes", "conv*=hoiw", "--json"}))["tensors"];
    EXPECT_EQ(told[2]["matrices"]["rows"], 24);
    EXPECT_EQ(told[2]["reason"], "given by --axes");
    EXPECT_EQ(told[0]["matrices"]["count"], 10);
    for (const auto &[rule, status, what] : {std::tuple{"conv*=oi", 2, "it has 4 dimensions, but \"oi\" has 2 letters"},
                                             {"conv*=ohhw", 2, "make the matrix"},
                                             {"nothing*=oi", 2, "holds no tensor that --axes nothing* matches"}}) {
        const Finished refused = runProgram({"inspect", path("w.safetensors"), "--axes", rule});
        EXPECT_EQ(refused.exitStatus, status) << rule;
        EXPECT_THAT(refused.err, HasSubstr(what));
    }
}

TEST_F(CliStack, MasksKeepTheShapeAndVerifyMatrixByMatrix)
{
    const Json report =
        jsonOf(runProgram({"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", "2:4", "--json"}));
    ASSERT_EQ(report["tensors"].size(), 2U);
    EXPECT_EQ(report["tensors"][0]["tiles"], 3 * 3 * 3);
    EXPECT_EQ(report["tensors"][1]["tiles"], 3 * 2 * 3);
    EXPECT_EQ(report["tensors"][0]["axes"], "out × in");
    EXPECT_EQ(report["tensors"][0]["letters"], "oihw");
    EXPECT_THAT(readSafetensors(path("m.safetensors")).at("conv.weight/mask").shape, ElementsAre(10, 9, 3, 1));
    std::map<std::string, std::string> reasons;
    for (const Json &entry : report["skipped"])
        reasons[entry["path"]] = entry["reason"];
    EXPECT_THAT(reasons["dw.weight"], HasSubstr("depthwise"));
    EXPECT_EQ(runProgram({"verify", path("m.safetensors"), "--weights", path("w.safetensors")}).exitStatus, 0);
}

TEST_F(CliStack, RenderShowsOneMatrix)
{
    const Finished first =
        runProgram({"render", path("w.safetensors"), "--tensor", "conv.weight", "--view", "weights", "-o", path("a.png")});
    EXPECT_EQ(first.exitStatus, 0) << first.err;
    EXPECT_THAT(first.err, HasSubstr("shows conv.weight[0,0] of 3 matrices"));
    const Finished second = runProgram({"render", path("w.safetensors"), "--tensor", "conv.weight[2,0]", "--view", "mask",
                                        "--pattern", "2:4", "--method", "exact", "-o", path("b.png")});
    EXPECT_EQ(second.exitStatus, 0) << second.err;
    EXPECT_EQ(second.err.find("shows"), std::string::npos);
}

TEST_F(CliStack, ApplyGivesTheWholeModelBack)
{
    ASSERT_EQ(runProgram({"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", "2:4"}).exitStatus, 0);
    const Finished applied =
        runProgram({"solve", path("w.safetensors"), "-o", path("a.safetensors"), "--pattern", "2:4", "--apply"});
    ASSERT_EQ(applied.exitStatus, 0) << applied.err;
    const std::string before = readFile(path("w.safetensors")), after = readFile(path("a.safetensors"));
    ASSERT_EQ(before.size(), after.size());
    auto expected = readSafetensors(path("w.safetensors"));
    for (const auto &[name, mask] : readSafetensors(path("m.safetensors"))) {
        std::string &bytes = expected.at(name.substr(0, name.size() - 5)).bytes;
        for (std::size_t i = 0; i < mask.bytes.size(); ++i)
            if (mask.bytes[i] == 0)
                bytes.replace(i * 4, 4, 4, '\0');
    }
    EXPECT_EQ(readSafetensors(path("a.safetensors")), expected);
    const std::size_t header =
        8 + std::size_t(static_cast<unsigned char>(before[0])) + 256 * std::size_t(static_cast<unsigned char>(before[1]));
    EXPECT_EQ(before.substr(0, header), after.substr(0, header));
    const Finished verified = runProgram({"verify", path("a.safetensors"), "--pattern", "2:4"});
    EXPECT_EQ(verified.exitStatus, 0) << verified.out;
}

} // namespace nms::test
