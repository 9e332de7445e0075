// SPDX-License-Identifier: Apache-2.0
// `mpirun -n K nmscope solve`: the file of one process, and what is left where a process dies.
#include "tests/cli/cli_fixture.h"

#include <csignal>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

class CliMpi : public CliTest
{
protected:
#ifdef NMS_MPIEXEC
    void SetUp() override
    {
        if (access(NMS_MPIEXEC, X_OK) != 0)
            GTEST_SKIP() << "no mpirun here: install openmpi-bin";
    }
    static constexpr const char *launcher = NMS_MPIEXEC;
#else
    void SetUp() override
    {
        GTEST_SKIP() << "built without MPI: install libopenmpi-dev";
    }
    static constexpr const char *launcher = "";
#endif

    static std::vector<std::string> launch(int processes, const std::vector<std::string> &arguments)
    {
        std::vector<std::string> all{"-n", std::to_string(processes), "--oversubscribe", "--bind-to", "none", NMS_PROGRAM};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return all;
    }
    // Root is who runs tests in a container.
    static std::vector<std::string> environment()
    {
        return {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
    }
    static Finished run(int processes, const std::vector<std::string> &arguments)
    {
        return Program(launch(processes, arguments), environment(), {}, launcher).wait();
    }
};

TEST_F(CliMpi, TwoAndFourProcessesWriteTheFileOfOne)
{
    writeSafetensors(path("w.safetensors"),
                     {{"a", gaussianTensor({67, 131}, 1)},
                      {"b", gaussianTensor({33, 48}, 2)},
                      {"c", gaussianTensor({256, 129}, 4)},
                      {"conv/weight", gaussianTensor({18, 17, 3, 3}, 3)}});
    const std::vector<std::vector<std::string>> formats{
        {"m.h5"}, {"m.safetensors", "--packed"}, {"m.safetensors", "--apply"}};
    for (const auto &format : formats) {
        std::vector<std::string> arguments{"solve", path("w.safetensors"), "-o", path(format[0]), "--pattern",
                                           "4:8",   "--threads",           "1",  "--json"};
        arguments.insert(arguments.end(), format.begin() + 1, format.end());
        const Json alone = jsonOf(runProgram(arguments));
        const std::string wanted = readBytes(path(format[0]));
        for (const int processes : {2, 4}) {
            std::filesystem::remove(path(format[0]));
            const Json report = jsonOf(run(processes, arguments)); // one object: only the first process prints
            EXPECT_EQ(report["tensors"].size(), 4U);
            for (std::size_t i = 0; i < 4; ++i)
                EXPECT_EQ(report["tensors"][i]["objective"], alone["tensors"][i]["objective"]);
            EXPECT_TRUE(readBytes(path(format[0])) == wanted) << format.back() << ", " << processes << " processes";
        }
        std::filesystem::remove(path(format[0]));
    }
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST_F(CliMpi, AnErrorOfOneProcessEndsTheJob)
{
    RawTensors weights{{"a", gaussianTensor({64, 64}, 1)}, {"b", gaussianTensor({64, 64}, 2)}};
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(weights.at("b").bytes.data(), &nan, sizeof nan);
    writeSafetensors(path("w.safetensors"), weights);
    const std::vector<std::string> arguments{"solve", path("w.safetensors"), "-o", path("m.h5"), "--pattern", "2:4"};
    const Finished finished = run(2, arguments);
    EXPECT_NE(finished.exitStatus, 0);
    EXPECT_THAT(finished.err, HasSubstr("w.safetensors: b: NaN at (0, 0)"));
    EXPECT_FALSE(std::filesystem::exists(path("m.h5")));
}

/// A process of this test's mpirun that runs nmscope, other than the first.
pid_t aLaterProcess(pid_t launcherPid)
{
    for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream status(entry.path() / "stat"), environment(entry.path() / "environ");
        std::string text, variables;
        std::getline(status, text);
        std::getline(environment, variables, '\n');
        const std::size_t end = text.rfind(')');
        if (end == std::string::npos || text.find("(nmscope)") == std::string::npos ||
            variables.find(std::string("OMPI_COMM_WORLD_RANK=1") + '\0') == std::string::npos)
            continue;
        char state = 0;
        int parent = 0;
        if (std::sscanf(text.c_str() + end + 1, " %c %d", &state, &parent) == 2 && parent == launcherPid)
            return pid_t(std::stol(entry.path().filename()));
    }
    return 0;
}

TEST_F(CliMpi, AProcessThatIsKilledEndsTheJobWhichCanBeResumed)
{
    RawTensors weights;
    for (char name = 'a'; name <= 'f'; ++name)
        weights[std::string(1, name)] = gaussianTensor({256, 1024}, unsigned(name));
    writeSafetensors(path("w.safetensors"), weights);
    const std::vector<std::string> arguments{
        "solve",   path("w.safetensors"), "-o",   path("m.safetensors"), "--pattern", "8:16",  "--method",
        "dykstra", "--iterations",        "4000", "--threads",           "1",         "--json"};
    {
        Program program(launch(2, arguments), environment(), {}, launcher);
        for (int tries = 0; finishedParts(path("m.safetensors.parts")) < 2 && tries < 60000; ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        const pid_t victim = aLaterProcess(program.pid());
        ASSERT_GT(victim, 0);
        ASSERT_EQ(kill(victim, SIGKILL), 0);
        const Finished finished = program.wait();
        EXPECT_NE(finished.exitStatus, 0);
        EXPECT_TRUE(finished.out.empty()) << finished.out;
    }
    EXPECT_THAT(filesLeft(), ElementsAre("m.safetensors.parts", "w.safetensors"));
    const Json report = jsonOf(run(2, arguments));
    EXPECT_GE(report["resumed"], 1);
    const std::string resumed = readBytes(path("m.safetensors"));
    jsonOf(runProgram(arguments));
    EXPECT_TRUE(resumed == readBytes(path("m.safetensors")));
    EXPECT_THAT(filesLeft(), ElementsAre("m.safetensors", "w.safetensors"));
}

} // namespace nms::test
