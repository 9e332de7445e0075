// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

namespace nms::test {

using testing::ElementsAre;

class CliConvert : public CliTest
{
protected:
    void convert(const std::string &in, const std::string &out)
    {
        const Finished finished = runProgram({"convert", in, out});
        ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    }
};

TEST_F(CliConvert, RoundTripKeepsEveryBit)
{
    RawTensor odd = gaussianTensor({5, 7}, 1);
    odd.bytes.replace(0, 4, std::string("\x01\x00\xa0\x7f", 4)); // a signalling NaN with a payload
    const RawTensors tensors{{"a.weight", odd},
                             {"bias", gaussianTensor({9}, 2)},
                             {"block/half", {"F16", {2, 3}, "abcdefghijkl"}},
                             {"brain", {"BF16", {3, 2}, "mnopqrstuvwx"}},
                             {"double", {"F64", {1, 2}, "0123456789abcdef"}}};
    writeSafetensors(path("a.safetensors"), tensors);
    convert(path("a.safetensors"), path("b.h5"));
    convert(path("b.h5"), path("c.safetensors"));
    EXPECT_EQ(readSafetensors(path("c.safetensors")), tensors);
    EXPECT_THAT(filesLeft(), ElementsAre("a.safetensors", "b.h5", "c.safetensors"));
}

TEST_F(CliConvert, TheSampleSurvives)
{
    convert(sample(), path("a.safetensors"));
    convert(path("a.safetensors"), path("b.h5"));
    convert(path("b.h5"), path("c.safetensors"));
    EXPECT_EQ(readSafetensors(path("a.safetensors")), readSafetensors(path("c.safetensors")));
    const auto shapes = [](const std::string &file) {
        std::map<std::string, nlohmann::json> found;
        for (const auto &tensor : jsonOf(runProgram({"inspect", file, "--json"}))["tensors"])
            found[tensor["path"]] = {tensor["shape"], tensor["dtype"], tensor["sparsity"]};
        return found;
    };
    EXPECT_EQ(shapes(sample()), shapes(path("b.h5")));
}

TEST_F(CliConvert, WhatCannotBeCarriedOverIsListedAndNothingWritten)
{
    const RawTensors tensors{{"a", gaussianTensor({4, 4}, 1)}, {"a/b", gaussianTensor({4, 4}, 2)}, {"f", {"F4", {2}, "x"}}};
    writeSafetensors(path("in.safetensors"), tensors);
    const Finished refused = runProgram({"convert", path("in.safetensors"), path("out.h5")});
    EXPECT_EQ(refused.exitStatus, 1);
    EXPECT_EQ(refused.out, "");
    for (const char *part : {"nmscope convert: cannot be carried over: a/b lies inside a, which is a tensor itself",
                             "nmscope convert: cannot be carried over: f has elements of type F4", "2 tensors",
                             "nothing was written", "--skip-unreadable"})
        EXPECT_THAT(refused.err, testing::HasSubstr(part));
    EXPECT_THAT(filesLeft(), ElementsAre("in.safetensors"));

    const Finished skipped = runProgram({"convert", path("in.safetensors"), path("out.h5"), "--skip-unreadable"});
    EXPECT_EQ(skipped.exitStatus, 0) << skipped.err;
    EXPECT_THAT(skipped.out, testing::HasSubstr("1 tensor,"));
    EXPECT_THAT(skipped.err,
                testing::MatchesRegex("(.|\n)*left out: f has(.|\n)*left out: a/b lies(.|\n)*"
                                      "nmscope convert: 2 entries were left out of [^\n]*out.h5\n"));
    convert(path("out.h5"), path("back.safetensors"));
    EXPECT_EQ(readSafetensors(path("back.safetensors")), (RawTensors{{"a", tensors.at("a")}}));
}

TEST_F(CliConvert, OneLossIsOneLine)
{
    writeSafetensors(path("in.safetensors"), {{"", gaussianTensor({4, 4}, 1)}});
    const Finished refused = runProgram({"convert", path("in.safetensors"), path("out.h5")});
    EXPECT_EQ(refused.exitStatus, 1);
    expectOneLineOfError(refused, "convert");
    EXPECT_THAT(refused.err, testing::HasSubstr("in.safetensors: \"\": has an empty name"));
}

TEST_F(CliConvert, EightBitFloatsSurviveHdf5)
{
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += char(i);
    const RawTensors tensors{{"e4m3", {"F8_E4M3", {16, 16}, all}}, {"e5m2", {"F8_E5M2", {256}, all}}};
    writeSafetensors(path("a.safetensors"), tensors);
    convert(path("a.safetensors"), path("b.h5"));
    convert(path("b.h5"), path("c.safetensors"));
    EXPECT_EQ(readSafetensors(path("c.safetensors")), tensors);
}

} // namespace nms::test
