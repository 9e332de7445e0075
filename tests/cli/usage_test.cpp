// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <algorithm>

namespace nms::test {

using testing::HasSubstr;

class CliUsage : public CliTest
{ };

TEST_F(CliUsage, HelpNamesWhatThereIs)
{
    const Finished help = runProgram({"--help"});
    EXPECT_EQ(help.exitStatus, 0);
    for (const char *command : {"inspect", "solve", "compare", "verify", "render", "convert", "bench"})
        EXPECT_THAT(help.out, HasSubstr(command));
    EXPECT_EQ(help.err, "");
}

TEST_F(CliUsage, EverySubcommandHasAnExample)
{
    for (const std::string command :
         {"inspect", "solve", "compare", "verify", "render", "convert", "prune", "bench", "completion", "reference"}) {
        const Finished help = runProgram({command, "--help"});
        EXPECT_EQ(help.exitStatus, 0);
        EXPECT_THAT(help.out, HasSubstr("Example:\n  nmscope " + command + " "));
    }
}

TEST_F(CliUsage, Version)
{
    const Finished version = runProgram({"--version"});
    EXPECT_EQ(version.exitStatus, 0);
    EXPECT_TRUE(version.out.starts_with("nmscope " NMS_VERSION "\nHDF5 ")) << version.out;
    for (const char *feature :
         {"\nwindow: built in\n", "\nCUDA: ", "\nMPI: ", "\nreads: .h5, ", "\nwrites: .h5 or .safetensors\n"})
        EXPECT_THAT(version.out, HasSubstr(feature));
}

TEST_F(CliUsage, ReferenceAndCompletionsTellTheOptionsOfEveryCommand)
{
    const std::vector<std::vector<std::string>> forms{{"reference", "man"},
                                                      {"reference", "markdown"},
                                                      {"completion", "bash"},
                                                      {"completion", "fish"},
                                                      {"completion", "zsh"}};
    for (const auto &form : forms) {
        const Finished written = runProgram(form);
        EXPECT_EQ(written.exitStatus, 0);
        EXPECT_EQ(written.err, "");
        for (const char *name :
             {"inspect", "prune", "sensitivity", "memory", "screenshot", "training", "greedy+swap", "sparsegpt"})
            EXPECT_THAT(written.out, HasSubstr(name)) << form[1];
    }
    for (const char *command : {"reference", "completion"}) {
        const Finished unknown = runProgram({command, "papyrus"});
        EXPECT_EQ(unknown.exitStatus, 2);
        expectOneLineOfError(unknown, command);
    }
}

TEST_F(CliUsage, AMistypedSubcommandIsToldWithTheNearestOne)
{
    const std::vector<std::pair<std::string, std::string>> typos{
        {"slove", "solve"},  {"inspct", "inspect"},  {"verfiy", "verify"}, {"comapre", "compare"},
        {"rendr", "render"}, {"covnert", "convert"}, {"prun", "prune"},    {"benhc", "bench"}};
    for (const auto &[typed, meant] : typos) {
        const Finished finished = runProgram({typed, sample()}, {"DISPLAY=", "WAYLAND_DISPLAY="});
        EXPECT_EQ(finished.exitStatus, 2) << typed;
        EXPECT_EQ(finished.err,
                  "nmscope: \"" + typed + "\" is neither a subcommand nor a file; did you mean \"" + meant +
                      "\"? See nmscope --help\n");
        EXPECT_EQ(finished.out, "");
    }
    const Finished far = runProgram({"weather"});
    EXPECT_EQ(far.exitStatus, 2);
    EXPECT_EQ(far.err, "nmscope: \"weather\" is neither a subcommand nor a file; see nmscope --help\n");
}

TEST_F(CliUsage, WithoutADisplayOneLineSaysSo)
{
    const std::vector<std::vector<std::string>> environments{
        {"DISPLAY=", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM="}, // none
        {"DISPLAY=:97", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM="}, // nobody answers
        {"DISPLAY=nowhere.invalid:0", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM="},
        {"DISPLAY=:97", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM=xcb"},
        {"DISPLAY=:97", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM=abacus"},
        {"DISPLAY=", "WAYLAND_DISPLAY=wayland-97", "QT_QPA_PLATFORM="}};
    for (const std::vector<std::string> &environment : environments) {
        const Finished finished = runProgram({sample()}, environment);
        EXPECT_EQ(finished.exitStatus, 1) << environment[0] << finished.err;
        EXPECT_THAT(finished.err, testing::StartsWith("nmscope: "));
        EXPECT_THAT(finished.err, HasSubstr("display"));
        EXPECT_THAT(finished.err, HasSubstr("the command line works without one"));
        EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    }
}

TEST_F(CliUsage, MisuseIsOneLineAndExitTwo)
{
    const std::vector<std::vector<std::string>> misuses{
        {"solve"},
        {"solve", sample()},
        {"solve", sample(), "-o", path("m.h5")},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "9:8"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "0:8"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "8:65"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "eight"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--method", "magic"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--tau", "0"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--tolerance", "1"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--warm-start", "row-nm"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--method", "max1000", "--warm-start", "greedy"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--warm-start", "magic"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--tau", "nan"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--iterations", "0"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--iterations", "99999999999999"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--threads", "-1"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--backend", "abacus"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--memory-limit", "2X"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--apply", "--packed"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--unknown"},
        {"solve", sample(), "-o", path("m.txt"), "--pattern", "2:4"},
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--tensor", queryPath, "--tensor",
         std::string("/") + queryPath},
        {"compare", sample(), "--json", "--csv"},
        {"compare", sample(), "--patterns", "2:4,9:8"},
        {"compare", sample(), "--methods", "exact,magic"},
        {"render", sample(), "--tensor", queryPath, "--view", "smell", "-o", path("p.png")},
        {"render", sample(), "--tensor", queryPath, "--view", "weights", "-o", path("p.jpg")},
        {"render", sample(), "--tensor", queryPath, "--view", "weights", "--region", "5:2,0:9", "-o", path("p.png")},
        {"render", sample(), "--tensor", queryPath, "--view", "weights", "--region", "0:385,0:9", "-o", path("p.png")},
        {"convert", sample()},
        {"bench", "--patterns", "2:4,9:8"},
        {"bench", "--methods", "exact,magic"},
        {"bench", "--data", "tea-leaves"},
        {"bench", "--tiles", "-1"},
        {"bench", "--repetitions", "0"},
        {"bench", "--seconds", "nan"},
        {"bench", "--threads", "0"},
        {"bench", "--tau", "0"},
        {"bench", "--plot", path("p.jpg")},
        {"bench", "extra"},
    };
    for (const auto &arguments : misuses) {
        SCOPED_TRACE(testing::PrintToString(arguments));
        const Finished finished = runProgram(arguments);
        EXPECT_EQ(finished.exitStatus, 2);
        expectOneLineOfError(finished, arguments.front());
    }
    EXPECT_THAT(filesLeft(), testing::IsEmpty());
}

TEST_F(CliUsage, NoProgressWhereStandardErrorIsNoTerminal)
{
    const Finished solved = runProgram({"solve", sample(), "-o", path("m.h5"), "--pattern", "2:4", "--method", "greedy"});
    EXPECT_EQ(solved.exitStatus, 0);
    EXPECT_EQ(solved.err, "");
}

TEST_F(CliUsage, FullStandardOutputIsAFailure)
{
    const std::string command =
        std::string(NMS_PROGRAM) + " inspect '" + sample() + "' > /dev/full 2> '" + path("err") + "'";
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_THAT(readFile(path("err")), HasSubstr("standard output"));
}

} // namespace nms::test
