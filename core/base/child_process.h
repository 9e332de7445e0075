// SPDX-License-Identifier: Apache-2.0
// Programs that ours starts: talked to line by line, with limits and a stop, their ends told apart.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <vector>

namespace nms {

struct ChildCommand {
    std::vector<std::string> words; // the program, looked up in PATH where it has no slash, and its arguments
    std::int64_t memoryLimit = 0; // bytes of address space; 0: none. Sanitizers reserve terabytes, under them there is none
    int sharedFile = -1; // a descriptor that the program finds as ChildProcess::sharedDescriptor; -1: none
    int inputFile = -1; // another, as ChildProcess::inputDescriptor, only beside a sharedFile; -1: none
    bool showErrors = false; // its standard error is ours; otherwise it goes nowhere
    bool ownGroup = true; // a terminal's Ctrl-C is ours alone, and what the program starts is killed with it
};

/// How a program ended, or why it never ran.
struct ChildEnd {
    enum class Kind {
        Missing, // there is no such program
        NotStarted, // the system refused; `number` is the errno
        Exited, // `number` is its exit code; 127 where it was found, but not its libraries
        Killed, // by signal `number`
        TimeOut, // killed here: ChildLimits::total
        Idle, // killed here: ChildLimits::idle
        Endless, // killed here: ChildLimits::busy
        Stopped, // killed here: somebody asked for it
        Talkative, // killed here: a line longer than any answer
    };
    Kind kind = Kind::Exited;
    int number = 0;

    bool success() const { return kind == Kind::Exited && number == 0; }
    std::string text() const; // "is not installed", "ended with exit code 3", "was killed by signal 11", …
};

/// The same as an error of the program `where`, for callers who know nothing better to say.
Error errorOf(const ChildEnd &end, const std::string &where);

/// How long to wait for one answer; 0: no limit of that kind.
struct ChildLimits {
    std::chrono::milliseconds total{0}; // by the clock on the wall
    std::chrono::milliseconds idle{0}; // by the clock on the wall, while it neither computes nor reads
    std::chrono::milliseconds busy{0}; // of its processor time, while it reads nothing
    std::int64_t reads = 0; // bytes that it may read in all before reading no longer counts against `busy`
};

/// A program whose standard input and output are ours. It is killed with this object, and sees its input end when the parent
/// dies. One thread at a time.
class ChildProcess
{
public:
    static constexpr int sharedDescriptor = 3;
    static constexpr int inputDescriptor = 4;

    static Expected<ChildProcess, ChildEnd> start(const ChildCommand &command);
    ChildProcess(ChildProcess &&other) noexcept;
    ChildProcess &operator=(ChildProcess &&) = delete;
    ~ChildProcess();

    /// False when the program no longer listens; readLine then tells how it ended.
    bool writeLine(const std::string &line);
    /// The next line without its end. Otherwise the program has ended, by itself or by us.
    Expected<std::string, ChildEnd> readLine(const ChildLimits &limits, const std::stop_token &stop);
    /// All that it says, when it ends with exit code 0.
    Expected<std::string, ChildEnd> readAll(const ChildLimits &limits, const std::stop_token &stop);

private:
    class Watch;

    ChildProcess(pid_t pid, int socket, bool ownGroup) : m_pid(pid), m_socket(socket), m_ownGroup(ownGroup) { }
    /// More of what it says to m_unread; false at its end.
    Expected<bool, ChildEnd> receive(Watch &watch, const std::stop_token &stop);
    ChildEnd reap(Watch &watch, const std::stop_token &stop);
    ChildEnd kill(ChildEnd end);
    void killGroup() const;

    pid_t m_pid = -1;
    int m_socket = -1;
    bool m_ownGroup = true;
    std::string m_unread;
};

} // namespace nms
