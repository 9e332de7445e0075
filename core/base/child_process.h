// SPDX-License-Identifier: Apache-2.0
// Child processes that are talked to line by line, with limits and a stop token; how each of them ended.
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
    std::int64_t memoryLimit = 0; // bytes of address space; 0: none. Ignored under sanitizers, which reserve terabytes
    int sharedFile = -1; // a file descriptor that the child inherits as ChildProcess::sharedDescriptor; -1: none
    int inputFile = -1; // a second one, inherited as ChildProcess::inputDescriptor; needs a sharedFile; -1: none
    bool showErrors = false; // the child inherits our standard error; otherwise it is /dev/null
    bool ownGroup = true; // runs in its own process group: Ctrl-C does not reach it, its children are killed with it
};

/// How a child process ended, or why it never ran.
struct ChildEnd {
    enum class Kind {
        Missing, // there is no such program
        NotStarted, // the operating system refused; `number` is the errno
        Exited, // `number` is its exit code; 127 where the program was found, but its shared libraries were not
        Killed, // by signal `number`
        TimeOut, // killed here: ChildLimits::total
        Idle, // killed here: ChildLimits::idle
        BusyLimit, // killed here: ChildLimits::busy
        Stopped, // killed here: the caller requested a stop
        LineTooLong, // killed here: a line longer than any valid answer
    };
    Kind kind = Kind::Exited;
    int number = 0;

    bool success() const { return kind == Kind::Exited && number == 0; }
    std::string text() const; // "is not installed", "ended with exit code 3", "was killed by signal 11", …
};

/// The same as an Error of the program `where`, for callers that have no better message.
Error errorOf(const ChildEnd &end, const std::string &where);

/// How long to wait for one answer; 0: no limit of that kind.
struct ChildLimits {
    std::chrono::milliseconds total{0}; // wall-clock time
    std::chrono::milliseconds idle{0}; // wall-clock time without progress: it uses no processor time and reads nothing
    std::chrono::milliseconds busy{0}; // processor time without reading
    std::int64_t reads = 0; // reading counts as progress for `busy` only up to this many bytes in all
};

/// A child process whose standard input and output are connected to this process. It is killed when this object is
/// destroyed, and its input ends when the parent dies. One thread at a time.
class ChildProcess
{
public:
    static constexpr int sharedDescriptor = 3;
    static constexpr int inputDescriptor = 4;

    static Expected<ChildProcess, ChildEnd> start(const ChildCommand &command);
    ChildProcess(ChildProcess &&other) noexcept;
    ChildProcess &operator=(ChildProcess &&) = delete;
    ~ChildProcess();

    /// False when the child has closed its end; readLine() then returns how it ended.
    bool writeLine(const std::string &line);
    /// The next line, without the newline; otherwise how the child ended, by itself or killed here.
    Expected<std::string, ChildEnd> readLine(const ChildLimits &limits, const std::stop_token &stop);
    /// All of its output, when it ends with exit code 0.
    Expected<std::string, ChildEnd> readAll(const ChildLimits &limits, const std::stop_token &stop);

private:
    class Watch;

    ChildProcess(pid_t pid, int socket, bool ownGroup) : m_pid(pid), m_socket(socket), m_ownGroup(ownGroup) { }
    /// Appends more of its output to m_unread; false at the end of the output.
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
