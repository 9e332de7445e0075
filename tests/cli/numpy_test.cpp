// SPDX-License-Identifier: Apache-2.0
// NumPy's files from end to end: .npy and .npz in, other formats out.
#include "tests/cli/cli_fixture.h"
#include "tests/support/numpy_files.h"

#include <cstring>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class CliNumpy : public CliTest
{
protected:
    static std::string data(const std::string &name) { return NMS_SOURCE_DIR "/tests/unit/data/numpy/" + name; }
    /// A 16 × 16 matrix, and the same one with its columns one after the other.
    void writePair()
    {
        const RawTensor tensor = gaussianTensor({16, 16}, 7);
        std::string turned = tensor.bytes;
        for (std::size_t row = 0; row < 16; ++row)
            for (std::size_t col = 0; col < 16; ++col)
                std::memcpy(turned.data() + 4 * (16 * col + row), tensor.bytes.data() + 4 * (16 * row + col), 4);
        const std::string before = "{'descr': '<f4', 'fortran_order': ", behind = ", 'shape': (16, 16), }\n";
        writeBytes(path("w.npz"),
                   zipBytes({ZipPiece("rows.npy", npyBytes(before + "False" + behind, tensor.bytes)),
                             ZipPiece("columns.npy", npyBytes(before + "True" + behind, turned)).deflated()}));
        writeSafetensors(path("w.safetensors"), {{"rows", tensor}, {"columns", tensor}});
    }
};

TEST_F(CliNumpy, InspectListsArrays)
{
    const nlohmann::json one = jsonOf(runProgram({"inspect", data("bfloat16.npy"), "--json"}));
    EXPECT_EQ(one["format"], "npy");
    ASSERT_EQ(one["tensors"].size(), 1U);
    EXPECT_EQ(one["tensors"][0]["dtype"], "bf16");
    EXPECT_THAT(one["tensors"][0]["note"].get<std::string>(), HasSubstr("read as bf16"));
    const Finished archive = runProgram({"inspect", data("deflated.npz")});
    EXPECT_EQ(archive.exitStatus, 0) << archive.err;
    for (const char *part : {"npz, 23 tensors", "block/f2", "objects: holds Python objects", "texts (<U3)"})
        EXPECT_THAT(archive.out, HasSubstr(part));
}

TEST_F(CliNumpy, MasksAreThoseOfTheSameWeightsElsewhere)
{
    writePair();
    for (const std::string in : {"w.npz", "w.safetensors"}) {
        const Finished finished = runProgram({"solve", path(in), "-o", path(in + "-mask.safetensors"), "--pattern", "2:4"});
        ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    }
    const RawTensors masks = readSafetensors(path("w.npz-mask.safetensors"));
    EXPECT_EQ(masks.size(), 2U);
    EXPECT_EQ(masks, readSafetensors(path("w.safetensors-mask.safetensors")));
    ASSERT_EQ(runProgram({"solve", path("w.npz"), "-o", path("mask.h5"), "--pattern", "2:4"}).exitStatus, 0);
    EXPECT_EQ(runProgram({"verify", path("mask.h5"), "--weights", path("w.npz")}).exitStatus, 0);
}

TEST_F(CliNumpy, ConvertKeepsEveryBit)
{
    writePair();
    ASSERT_EQ(runProgram({"convert", path("w.npz"), path("c.safetensors")}).exitStatus, 0);
    EXPECT_EQ(readSafetensors(path("c.safetensors")), readSafetensors(path("w.safetensors")));
}

TEST_F(CliNumpy, NumpyIsNoTarget)
{
    writePair();
    for (const char *out : {"o.npy", "o.npz"}) {
        const Finished finished = runProgram({"convert", path("w.safetensors"), path(out)});
        EXPECT_EQ(finished.exitStatus, 2);
        expectOneLineOfError(finished, "convert");
        EXPECT_THAT(finished.err, HasSubstr("read but not written; call it .h5 or .safetensors"));
    }
    EXPECT_THAT(filesLeft(), ElementsAre("w.npz", "w.safetensors"));
}

TEST_F(CliNumpy, WhatCannotBeConvertedIsNamed)
{
    const Finished finished = runProgram({"convert", data("stored.npz"), path("o.h5")});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("cannot be carried over: complex holds complex numbers"));
    EXPECT_THAT(finished.err, HasSubstr("5 tensors or other entries cannot be carried over, from complex on; nothing was"));
    EXPECT_THAT(filesLeft(), ElementsAre());
}

} // namespace nms::test
