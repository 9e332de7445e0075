// SPDX-License-Identifier: Apache-2.0
// However a command ends, its target is the old file or the whole new one, and nothing else is left.
#include "tests/cli/cli_fixture.h"
#include "tests/support/deny_syscall.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/resource.h>
#include <thread>

namespace nms::test {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

namespace {

/// NMS_KILLS of each command, in each way of making temporary files.
int kills()
{
    const char *wanted = std::getenv("NMS_KILLS");
    return wanted ? std::atoi(wanted) : 10;
}

constexpr const char *oldContent = "the file that was there";

void withLimit(int resource, rlim_t soft, rlim_t hard)
{
    const rlimit limit = {soft, hard};
    setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

} // namespace

class CliSurvive : public CliTest
{
protected:
    CliSurvive()
    {
        writeSafetensors(path("w.safetensors"), {{"a", gaussianTensor({640, 512}, 1)}, {"b", gaussianTensor({96, 96}, 2)}});
    }

    /// Kills it at moments spread over the time that it takes, on targets that are there and on ones that are not.
    void killAtRandomMoments(const std::vector<std::string> &arguments, const std::string &target, bool named)
    {
        SCOPED_TRACE(target + (named ? ", temporary files with names" : ""));
        const auto denied = [named] {
            if (named && !denyUnnamedFiles())
                _exit(99);
        };
        double seconds = 0;
        for (int run = 0; run < 3; ++run) {
            const Finished undisturbed = runProgram(arguments, {}, denied);
            ASSERT_EQ(undisturbed.exitStatus, 0) << undisturbed.err;
            seconds = std::max(seconds, undisturbed.seconds);
        }
        const std::string whole = readFile(path(target));
        std::mt19937 random(named ? 1 : 2);
        int killed = 0;
        int olds = 0;
        for (int round = 0; round < kills(); ++round) {
            const bool isThere = round % 2 == 0;
            if (isThere)
                writeBytes(path(target), oldContent);
            else
                std::filesystem::remove(path(target));
            Program program(arguments, {}, denied);
            std::this_thread::sleep_for(
                std::chrono::duration<double>(std::uniform_real_distribution<double>(0, seconds)(random)));
            program.sendSignal(SIGKILL);
            killed += program.wait().exitStatus == 128 + SIGKILL;

            const std::string left = std::filesystem::exists(path(target)) ? readFile(path(target)) : "";
            const bool isOld = left == (isThere ? oldContent : "");
            EXPECT_TRUE(isOld || left == whole) << "round " << round << ": " << left.size() << " bytes";
            olds += isOld;
            if (!named) {
                EXPECT_THAT(filesLeft(),
                            isThere || !isOld
                                ? testing::Matcher<std::vector<std::string>>(UnorderedElementsAre("w.safetensors", target))
                                : ElementsAre("w.safetensors"));
            }
        }
        RecordProperty("killed", killed);
        std::printf("%s%s: %d rounds, %d killed, %d old or none, %d whole\n", target.c_str(), named ? " (named)" : "",
                    kills(), killed, olds, kills() - olds);
        EXPECT_GT(killed, 0);
        // What was left under a name is gone once the same target is written again.
        ASSERT_EQ(runProgram(arguments, {}, denied).exitStatus, 0);
        EXPECT_THAT(filesLeft(), UnorderedElementsAre("w.safetensors", target));
        EXPECT_EQ(readFile(path(target)), whole);
        std::filesystem::remove(path(target));
    }

    std::vector<std::string> solve(const std::string &target) const
    {
        return {"solve", path("w.safetensors"), "-o", path(target), "--pattern", "8:16", "--backend", "cpu"};
    }
};

TEST_F(CliSurvive, SolveKilledAtRandomMoments)
{
    for (const bool named : {false, true})
        for (const char *target : {"m.h5", "m.safetensors"})
            killAtRandomMoments(solve(target), target, named);
}

TEST_F(CliSurvive, ConvertKilledAtRandomMoments)
{
    for (const bool named : {false, true})
        for (const char *target : {"c.h5", "c.safetensors"})
            killAtRandomMoments({"convert", path("w.safetensors"), path(target)}, target, named);
}

TEST_F(CliSurvive, TheLimitOnFileSizesIsAMessage)
{
    for (const char *target : {"m.h5", "m.safetensors"})
        for (const rlim_t limit : {rlim_t(100), rlim_t(20000)}) {
            SCOPED_TRACE(target);
            writeBytes(path(target), oldContent);
            for (const std::vector<std::string> &arguments :
                 {solve(target), {"convert", path("w.safetensors"), path(target)}}) {
                const Finished finished = runProgram(arguments, {}, [limit] { withLimit(RLIMIT_FSIZE, limit, limit); });
                EXPECT_EQ(finished.exitStatus, 1);
                EXPECT_EQ(finished.out, "");
                EXPECT_THAT(finished.err,
                            AllOf(HasSubstr("nmscope " + arguments.front() + ": " + path(target) + ": "),
                                  EndsWith("(ulimit -f); raise that limit\n")));
                const bool isDoubtful = limit == 20000 && arguments.front() == "solve" && std::string(target) == "m.h5";
                EXPECT_EQ(finished.err.find("warning: " + path(target) + ": will probably take about ") != std::string::npos,
                          isDoubtful)
                    << finished.err;
                EXPECT_EQ(readFile(path(target)), oldContent);
            }
            std::filesystem::remove(path(target));
            EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
        }
}

TEST_F(CliSurvive, TheLimitOnProcessorTimeIsAStop)
{
    std::vector<std::string> arguments = solve("m.h5");
    for (const char *more : {"--method", "dykstra", "--iterations", "1000000"})
        arguments.emplace_back(more);
    writeBytes(path("m.h5"), oldContent);
    const Finished stopped = runProgram(arguments, {}, [] { withLimit(RLIMIT_CPU, 1, 60); });
    EXPECT_EQ(stopped.exitStatus, 1);
    EXPECT_THAT(stopped.err, HasSubstr("the limit on processor time is reached (ulimit -t)"));
    expectOneLineOfError(stopped, "solve");
    const Finished killed = runProgram(arguments, {}, [] { withLimit(RLIMIT_CPU, 1, 1); });
    EXPECT_EQ(killed.exitStatus, 128 + SIGKILL);
    EXPECT_EQ(readFile(path("m.h5")), oldContent);
    EXPECT_THAT(filesLeft(), UnorderedElementsAre("m.h5", "w.safetensors"));
}

TEST_F(CliSurvive, TheLimitOnThreadsIsNamed)
{
    const Finished finished =
        runProgram(solve("m.h5"), {}, [] { denySyscall(__NR_clone3, EAGAIN) && denySyscall(__NR_clone, EAGAIN); });
    EXPECT_EQ(finished.exitStatus, 1);
    expectOneLineOfError(finished, "solve");
    EXPECT_THAT(finished.err,
                StartsWith("nmscope solve: no further thread can be started: the limit on processes and "
                           "threads of this user, container or system is reached"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

} // namespace nms::test
