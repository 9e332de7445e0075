// SPDX-License-Identifier: Apache-2.0
// Programs that ours starts, and each way in which they end.
#include "core/base/child_process.h"
#include "tests/support/temp_folder.h"

#include <cerrno>
#include <csignal>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace nms::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = ChildEnd::Kind;

ChildCommand shell(const std::string &script)
{
    return {.words = {"sh", "-c", script}};
}

/// How a script ends that gives no answer.
ChildEnd endOf(const ChildCommand &command, const ChildLimits &limits = {.total = 60s}, const std::stop_token &stop = {})
{
    auto child = ChildProcess::start(command);
    if (!child)
        return child.error();
    const auto line = child->readLine(limits, stop);
    EXPECT_FALSE(line) << *line;
    return line ? ChildEnd() : line.error();
}

TEST(ChildProcess, AnswersLineByLine)
{
    auto cat = ChildProcess::start({.words = {"cat"}});
    ASSERT_TRUE(cat);
    ASSERT_TRUE(cat->writeLine("one\ntwo"));
    EXPECT_EQ(cat->readLine({.total = 60s}, {}).value(), "one");
    EXPECT_EQ(cat->readLine({.total = 60s}, {}).value(), "two");
    EXPECT_EQ(cat->readLine({.total = 200ms}, {}).error().kind, Kind::TimeOut);
    EXPECT_FALSE(cat->writeLine("three") && cat->readLine({.total = 60s}, {})); // it is gone
}

TEST(ChildProcess, SaysAllOrHowItEnded)
{
    EXPECT_EQ(ChildProcess::start(shell("echo a; echo b"))->readAll({.total = 60s}, {}).value(), "a\nb\n");
    EXPECT_EQ(ChildProcess::start(shell("echo a; exit 3"))->readAll({.total = 60s}, {}).error().number, 3);
}

TEST(ChildProcess, EachEndIsToldApart)
{
    const TempFolder folder;
    EXPECT_EQ(endOf({.words = {folder.file("nothing")}}).kind, Kind::Missing);
    EXPECT_EQ(endOf({.words = {"no-such-program-of-nmscope"}}).kind, Kind::Missing);
    const std::string text = folder.write("text", "no program");
    ASSERT_EQ(::chmod(text.c_str(), 0600), 0);
    const ChildEnd refused = endOf({.words = {text}});
    EXPECT_EQ(refused.kind, Kind::NotStarted);
    EXPECT_EQ(refused.number, EACCES);
    EXPECT_THAT(refused.text(), HasSubstr("Permission denied"));

    const ChildEnd exited = endOf(shell("exit 7"));
    EXPECT_EQ(exited.kind, Kind::Exited);
    EXPECT_EQ(exited.number, 7);
    const ChildEnd killed = endOf(shell("kill -SEGV $$"));
    EXPECT_EQ(killed.kind, Kind::Killed);
    EXPECT_EQ(killed.number, SIGSEGV);
    EXPECT_EQ(endOf(shell("head -c 100000 /dev/zero; sleep 60")).kind, Kind::LineTooLong);
    EXPECT_EQ(errorOf(exited, "sh").line(), "sh: ended with exit code 7");
    EXPECT_EQ(errorOf({Kind::Stopped, 0}, "sh").kind, ErrorKind::Cancelled);
}

TEST(ChildProcess, StandingStillAndLoopingAreDifferent)
{
    EXPECT_EQ(endOf(shell("sleep 60"), {.total = 60s, .idle = 300ms, .busy = 60s}).kind, Kind::Idle);
    EXPECT_EQ(endOf(shell("while :; do :; done"), {.total = 60s, .idle = 60s, .busy = 200ms}).kind, Kind::BusyLimit);
    // Who computes does not stand still: it answers after all.
    auto slow = ChildProcess::start(shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done"));
    EXPECT_EQ(slow->readLine({.total = 60s, .idle = 20s}, {}).value(), "done");
}

TEST(ChildProcess, ReadingIsProgressUpToALimit)
{
    const ChildCommand reader = shell("exec cat /dev/zero > /dev/null");
    if (!std::ifstream("/proc/self/io"))
        GTEST_SKIP() << "this system does not count what a process reads";
    EXPECT_EQ(endOf(reader, {.total = 1500ms, .busy = 100ms, .reads = INT64_MAX}).kind, Kind::TimeOut);
    EXPECT_EQ(endOf(reader, {.total = 60s, .busy = 100ms, .reads = 1 << 20}).kind, Kind::BusyLimit);
}

TEST(ChildProcess, EndsWithItsOwnerAndAllThatItStarted)
{
    const auto start = std::chrono::steady_clock::now();
    std::string grandchild;
    {
        auto child = ChildProcess::start(shell("sleep 60 & echo $!; wait"));
        ASSERT_TRUE(child);
        grandchild = child->readLine({.total = 60s}, {}).value();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
    const auto runs = [&] { // it may be a zombie of whoever takes over orphans
        const std::string state = readFile("/proc/" + grandchild + "/stat");
        return !state.empty() && state.find(") Z") == std::string::npos && state.find(") X") == std::string::npos;
    };
    for (int tries = 0; tries < 1000 && runs(); ++tries)
        std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(runs());
}

TEST(ChildProcess, StopIsHeardWhileWaiting)
{
    std::stop_source stop;
    const std::jthread later([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(endOf(shell("sleep 60"), {.total = 60s}, stop.get_token()).kind, Kind::Stopped);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST(ChildProcess, MemoryIsLimited)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers need more address space than a limit could leave";
#endif
    // It waits for a line, so that the limit is there before the memory is wanted.
    auto child = ChildProcess::start(
        {.words = {"sh", "-c", "read go; exec dd if=/dev/zero of=/dev/null bs=512M count=1"}, .memoryLimit = 256 << 20});
    ASSERT_TRUE(child);
    child->writeLine("go");
    EXPECT_EQ(child->readLine({.total = 60s}, {}).error().kind, Kind::Exited);
    auto free = ChildProcess::start({.words = {"sh", "-c", "read go; exec dd if=/dev/zero of=/dev/null bs=512M count=1"}});
    free->writeLine("go");
    EXPECT_TRUE(free->readLine({.total = 60s}, {}).error().success());
}

TEST(ChildProcess, OneDescriptorIsSharedAndNoOther)
{
    const int other = ::dup(STDERR_FILENO); // without O_CLOEXEC, as libraries open theirs
    const int memory = ::memfd_create("shared", MFD_CLOEXEC);
    ASSERT_GE(memory, 0);
    auto child =
        ChildProcess::start({.words = {"sh", "-c", "echo hello >&3; ls /proc/self/fd | wc -l"}, .sharedFile = memory});
    ASSERT_TRUE(child);
    EXPECT_EQ(std::stoi(child->readLine({.total = 60s}, {}).value()), 5); // 0 to 3, and the folder that ls reads
    char text[6] = {};
    EXPECT_EQ(::pread(memory, text, 5, 0), 5);
    EXPECT_STREQ(text, "hello");
    ::close(memory);
    ::close(other);
}

/// Wherever they were in this process: among the descriptors that they become, too.
TEST(ChildProcess, AFileToReadIsSharedBesides)
{
    for (const bool inputFirst : {false, true}) {
        const int first = ::memfd_create("first", MFD_CLOEXEC), second = ::memfd_create("second", MFD_CLOEXEC);
        const int input = inputFirst ? first : second, memory = inputFirst ? second : first;
        ASSERT_GE(std::min(input, memory), 0);
        ASSERT_EQ(::pwrite(input, "read me\n", 8, 0), 8);
        auto child = ChildProcess::start({.words = {"sh", "-c", "head -n 1 <&4 >&3; ls /proc/self/fd | wc -l"},
                                          .sharedFile = memory,
                                          .inputFile = input});
        ASSERT_TRUE(child);
        EXPECT_EQ(std::stoi(child->readLine({.total = 60s}, {}).value()), 6); // 0 to 4, and the folder that ls reads
        char text[9] = {};
        EXPECT_EQ(::pread(memory, text, 8, 0), 8);
        EXPECT_STREQ(text, "read me\n");
        ::close(memory);
        ::close(input);
    }
}

} // namespace
} // namespace nms::test
