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

} // namespace nms::test
