// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.h"
#include "tests/cli/cli_fixture.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class CliInterrupt : public CliTest
{
protected:
    CliInterrupt() { writeSafetensors(path("big.safetensors"), {{"w", gaussianTensor({1024, 1024}, 1)}}); }

    void expectCancelled(const std::vector<std::string> &arguments, int signal)
    {
        Program program(arguments);
        std::this_thread::sleep_for(std::chrono::milliseconds(700)); // in the middle of work that takes minutes
        program.sendSignal(signal);
        const Finished finished = program.wait();
        EXPECT_EQ(finished.exitStatus, 1);
        EXPECT_LT(finished.seconds, 10); // within a second where nothing else runs
        EXPECT_THAT(finished.err, HasSubstr("cancelled"));
        expectOneLineOfError(finished, arguments.front());
        EXPECT_THAT(filesLeft(), ElementsAre("big.safetensors"));
    }
};

TEST_F(CliInterrupt, SolveLeavesNothing)
{
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        expectCancelled({"solve", path("big.safetensors"), "-o", path("m.h5"), "--pattern", "16:32", "--method", "dykstra",
                         "--iterations", "100000", "--backend", "cpu"},
                        signal);
}

TEST_F(CliInterrupt, CompareStops)
{
    expectCancelled({"compare", path("big.safetensors"), "--patterns", "16:32", "--methods", "dykstra", "--iterations",
                     "100000", "--backend", "cpu"},
                    SIGINT);
}

TEST_F(CliInterrupt, RenderLeavesNothing)
{
    expectCancelled({"render", path("big.safetensors"), "--tensor", "w", "--view", "plan", "--pattern", "16:32",
                     "--iterations", "100000", "--backend", "cpu", "-o", path("p.png")},
                    SIGINT);
}

TEST_F(CliInterrupt, AnIgnoredHangupStaysIgnored) // nohup
{
    Program program({"solve", path("big.safetensors"), "-o", path("m.h5"), "--pattern", "8:16", "--method", "dykstra",
                     "--iterations", "3000", "--backend", "cpu"},
                    {}, [] { std::signal(SIGHUP, SIG_IGN); });
    for (int i = 0; i < 10; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        program.sendSignal(SIGHUP);
    }
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_THAT(filesLeft(), ElementsAre("big.safetensors", "m.h5"));
}

void interruptTwice()
{
    const cli::InterruptGuard guard;
    kill(getpid(), SIGINT);
    while (!guard.token().stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(getpid(), SIGINT);
    std::this_thread::sleep_for(std::chrono::seconds(20)); // a command that does not listen
    std::_Exit(0);
}

TEST(CliInterruptDeathTest, TheSecondSignalKills)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(interruptTwice(), testing::KilledBySignal(SIGINT), "");
}

} // namespace nms::test
