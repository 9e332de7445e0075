// SPDX-License-Identifier: Apache-2.0
// Damaged, hostile and unsuitable files: one line of clear error, the right exit status, nothing written.
#include "tests/cli/cli_fixture.h"

#include <cmath>
#include <limits>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class CliBadInput : public CliTest
{
protected:
    Finished solve(const std::string &file, const std::vector<std::string> &more = {})
    {
        std::vector<std::string> arguments{"solve", file, "-o", path("masks.h5"), "--pattern", "2:4"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        Finished finished = runProgram(arguments);
        expectOneLineOfError(finished, "solve");
        return finished;
    }
};

TEST_F(CliBadInput, MissingFile)
{
    const Finished finished = solve(path("none.h5"));
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr(path("none.h5")));
    EXPECT_THAT(filesLeft(), ElementsAre());
}

TEST_F(CliBadInput, TextNamedH5)
{
    writeBytes(path("text.h5"), "these are no weights\n");
    const Finished finished = solve(path("text.h5"));
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("text.h5"));
    EXPECT_THAT(filesLeft(), ElementsAre("text.h5"));
}

TEST_F(CliBadInput, EmptyFile)
{
    writeBytes(path("empty.h5"), "");
    EXPECT_EQ(solve(path("empty.h5")).exitStatus, 1);
    EXPECT_THAT(filesLeft(), ElementsAre("empty.h5"));
}

TEST_F(CliBadInput, TruncatedHdf5)
{
    const std::string whole = readFile(sample());
    for (const std::size_t size : {std::size_t(100), std::size_t(3000), whole.size() / 2, whole.size() - 1}) {
        SCOPED_TRACE(size);
        writeBytes(path("cut.h5"), whole.substr(0, size));
        const Finished finished = solve(path("cut.h5"));
        EXPECT_EQ(finished.exitStatus, 1);
        EXPECT_THAT(finished.err, HasSubstr("cut.h5"));
        EXPECT_THAT(filesLeft(), ElementsAre("cut.h5"));
    }
}

TEST_F(CliBadInput, SafetensorsHeaderOfHugeLength)
{
    std::string bytes("\0\0\0\0\0\0\0\x40{}", 10); // 2^62
    writeBytes(path("bomb.safetensors"), bytes);
    const Finished finished = solve(path("bomb.safetensors"));
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("bomb.safetensors"));
    EXPECT_LT(finished.seconds, 10);
    EXPECT_THAT(filesLeft(), ElementsAre("bomb.safetensors"));
}

TEST_F(CliBadInput, NanAndInfinityAreNamedByTheirPlace)
{
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        std::vector<float> values(64 * 64, 1.0F);
        values[3 * 64 + 5] = bad;
        values[40 * 64] = bad;
        writeSafetensors(path("nan.safetensors"),
                         {{"good", gaussianTensor({64, 64}, 1)}, {"layer.bad", floatTensor({64, 64}, values)}});
        const Finished finished = solve(path("nan.safetensors"));
        EXPECT_EQ(finished.exitStatus, 1);
        for (const char *part : {"nan.safetensors", "layer.bad", "3", "5"})
            EXPECT_THAT(finished.err, HasSubstr(part));
        EXPECT_THAT(filesLeft(), ElementsAre("nan.safetensors"));
    }
}

TEST_F(CliBadInput, ThreeColumns)
{
    writeSafetensors(path("thin.safetensors"), {{"thin", gaussianTensor({64, 3}, 1)}});
    const Finished all = solve(path("thin.safetensors"));
    EXPECT_EQ(all.exitStatus, 1);
    EXPECT_THAT(all.err, HasSubstr("has 3 columns"));
    const Finished named = solve(path("thin.safetensors"), {"--tensor", "thin"});
    EXPECT_EQ(named.exitStatus, 1);
    EXPECT_THAT(named.err, HasSubstr("has 3 columns"));
    EXPECT_THAT(filesLeft(), ElementsAre("thin.safetensors"));
}

TEST_F(CliBadInput, UnknownTensor)
{
    const Finished finished = solve(sample(), {"--tensor", "encoder/layer/0/attention/self/qwery/weight"});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("qwery"));
    EXPECT_THAT(finished.err, HasSubstr(queryPath)) << "near names help";
    EXPECT_THAT(filesLeft(), ElementsAre());
}

TEST_F(CliBadInput, OutputOntoTheInputAlsoThroughLinks)
{
    writeSafetensors(path("w.safetensors"), {{"w", gaussianTensor({16, 16}, 1)}});
    std::filesystem::create_symlink(path("w.safetensors"), path("soft.safetensors"));
    std::filesystem::create_hard_link(path("w.safetensors"), path("hard.safetensors"));
    const std::string before = readFile(path("w.safetensors"));
    for (const char *out : {"w.safetensors", "soft.safetensors", "hard.safetensors"}) {
        for (const std::vector<std::string> &arguments :
             {std::vector<std::string>{"solve", path("w.safetensors"), "-o", path(out), "--pattern", "2:4"},
              std::vector<std::string>{"convert", path("w.safetensors"), path(out)}}) {
            SCOPED_TRACE(arguments.front() + " " + out);
            const Finished finished = runProgram(arguments);
            EXPECT_EQ(finished.exitStatus, 2);
            expectOneLineOfError(finished, arguments.front());
        }
    }
    EXPECT_EQ(readFile(path("w.safetensors")), before);
    EXPECT_THAT(filesLeft(), ElementsAre("hard.safetensors", "soft.safetensors", "w.safetensors"));
}

TEST_F(CliBadInput, UnwritableTargets)
{
    writeBytes(path("file"), "");
    for (const std::string &out : {path("missing/m"), path("file/m"), std::string("/proc/m")}) {
        for (const std::vector<std::string> &arguments :
             {std::vector<std::string>{"solve", sample(), "-o", out + ".h5", "--pattern", "2:4", "--method", "greedy"},
              std::vector<std::string>{"convert", sample(), out + ".safetensors"},
              std::vector<std::string>{"render", sample(), "--tensor", queryPath, "--view", "weights", "-o",
                                       out + ".png"}}) {
            SCOPED_TRACE(arguments.front() + " " + out);
            const Finished finished = runProgram(arguments);
            EXPECT_EQ(finished.exitStatus, 1);
            EXPECT_EQ(finished.out, "");
            EXPECT_THAT(finished.err, HasSubstr(out));
        }
    }
    EXPECT_THAT(filesLeft(), ElementsAre("file"));
}

TEST_F(CliBadInput, MemoryLimitThatHoldsNoTileRow)
{
    const Finished finished = solve(sample(), {"--memory-limit", "10K"});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("--memory-limit"));
    EXPECT_THAT(filesLeft(), ElementsAre());
}

TEST_F(CliBadInput, CudaDeviceThatIsNotThere)
{
    const Finished finished = solve(sample(), {"--backend", "cuda:999", "--method", "dykstra"});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("--backend cpu"));
    EXPECT_THAT(filesLeft(), ElementsAre());
}

TEST_F(CliBadInput, ShapesOfAbsurdSize)
{
    const std::int64_t big = std::int64_t(1) << 31;
    writeSafetensors(path("huge.safetensors"), {{"w", RawTensor{"F32", {big, big}, "1234"}}});
    for (const char *command : {"inspect", "verify"}) {
        const Finished finished = runProgram({command, path("huge.safetensors")});
        EXPECT_EQ(finished.exitStatus, 1);
        expectOneLineOfError(finished, command);
    }
    EXPECT_EQ(solve(path("huge.safetensors")).exitStatus, 1);
}

TEST_F(CliBadInput, NamesThatWouldSteerTheTerminal)
{
    writeSafetensors(path("steer.safetensors"), {{"w\x1b[2J\nnmscope: all is well", gaussianTensor({8, 8}, 1)}});
    for (const std::vector<std::string> &arguments :
         {std::vector<std::string>{"inspect", path("steer.safetensors")},
          std::vector<std::string>{"solve", path("steer.safetensors"), "-o", path("m.safetensors"), "--pattern", "2:4"},
          std::vector<std::string>{"solve", path("steer.safetensors"), "-o", path("m.h5"), "--pattern", "2:4", "--tensor",
                                   "x"}}) {
        const Finished finished = runProgram(arguments);
        const std::string all = "\n" + finished.out + finished.err;
        EXPECT_EQ(all.find('\x1b'), std::string::npos) << all;
        EXPECT_EQ(all.find("\nnmscope: all is well"), std::string::npos) << all;
    }
}

} // namespace nms::test
