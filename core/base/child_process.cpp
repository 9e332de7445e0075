// SPDX-License-Identifier: Apache-2.0
#include "core/base/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace nms {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t longestLine = 1 << 16;
constexpr milliseconds pollInterval{50}; // how often the stop token and the limits are checked; answers are seen at once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool canLimitMemory = false;
#else
constexpr bool canLimitMemory = true;
#endif

/// The arguments of posix_spawn, released at the end.
struct SpawnSetup {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    int inputCopy = -1;

    SpawnSetup(int socket, const ChildCommand &command)
    {
        // A copy with a number above the descriptors made below, so that none of them overwrites it.
        if (command.sharedFile >= 0 && command.inputFile >= 0)
            inputCopy = ::fcntl(command.inputFile, F_DUPFD_CLOEXEC, ChildProcess::inputDescriptor + 1);
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO);
        if (!command.showErrors)
            posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        int firstUnknown = ChildProcess::sharedDescriptor;
        if (command.sharedFile >= 0)
            posix_spawn_file_actions_adddup2(&files, command.sharedFile, firstUnknown++);
        if (inputCopy >= 0)
            posix_spawn_file_actions_adddup2(&files, inputCopy, firstUnknown++);
        // Close everything else: libraries open files without O_CLOEXEC.
        posix_spawn_file_actions_addclosefrom_np(&files, firstUnknown);
        // Default signal handling: the parent may have blocked or ignored signals.
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        const int group = command.ownGroup ? POSIX_SPAWN_SETPGROUP : 0;
        posix_spawnattr_setflags(&attributes, short(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group));
    }
    SpawnSetup(const SpawnSetup &) = delete;
    SpawnSetup &operator=(const SpawnSetup &) = delete;
    ~SpawnSetup()
    {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
        if (inputCopy >= 0)
            ::close(inputCopy);
    }
};

milliseconds processorTimeOf(pid_t pid)
{
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return milliseconds(0);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                    std::chrono::nanoseconds(time.tv_nsec));
}

/// Bytes that the process has read so far; 0 where the system does not say.
std::int64_t bytesReadBy(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/io");
    std::string name;
    std::int64_t bytes = 0;
    return file >> name >> bytes && name == "rchar:" ? bytes : 0;
}

std::string messageOf(int error)
{
    return std::generic_category().message(error);
}

} // namespace

std::string ChildEnd::text() const
{
    switch (kind) {
    case Kind::Missing:
        return "is not installed";
    case Kind::NotStarted:
        return "cannot be started: " + messageOf(number);
    case Kind::Exited:
        return "ended with exit code " + std::to_string(number) + (number == 127 ? " (its libraries were not found)" : "");
    case Kind::Killed:
        return "was killed by signal " + std::to_string(number);
    case Kind::TimeOut:
        return "did not answer in time";
    case Kind::Idle:
        return "stopped responding";
    case Kind::BusyLimit:
        return "used too much processor time";
    case Kind::Stopped:
        return "was stopped while it worked";
    case Kind::LineTooLong:
        return "sent a line that is too long";
    }
    return {};
}

Error errorOf(const ChildEnd &end, const std::string &where)
{
    const bool neverRan = end.kind == ChildEnd::Kind::Missing || end.kind == ChildEnd::Kind::NotStarted;
    return {end.kind == ChildEnd::Kind::Stopped ? ErrorKind::Cancelled : ErrorKind::Io, where, end.text(),
            neverRan ? "check that it is installed and may be run" : ""};
}

/// Checks the limits; remembers when the child last made progress.
class ChildProcess::Watch
{
public:
    Watch(const ChildLimits &limits, pid_t pid)
        : m_limits(limits), m_pid(pid), m_begin(Clock::now()), m_lastSign(m_begin), m_processorTime(processorTimeOf(pid)),
          m_busySince(m_processorTime), m_read(limits.reads > 0 ? bytesReadBy(pid) : 0)
    { }

    std::optional<ChildEnd> exceeded()
    {
        const Clock::time_point now = Clock::now();
        const auto passed = [](milliseconds limit, auto time) {
            return limit.count() > 0 && time > limit;
        };
        if (passed(m_limits.total, now - m_begin))
            return ChildEnd{ChildEnd::Kind::TimeOut, 0};
        if (m_limits.idle.count() == 0 && m_limits.busy.count() == 0)
            return std::nullopt;
        const milliseconds processorTime = processorTimeOf(m_pid);
        const bool computes = processorTime > std::exchange(m_processorTime, processorTime);
        bool reads = false;
        if (m_limits.reads > 0) {
            const std::int64_t read = bytesReadBy(m_pid);
            reads = read > std::exchange(m_read, read) && read <= m_limits.reads;
        }
        if (reads)
            m_busySince = processorTime;
        if (computes || reads)
            m_lastSign = now;
        if (passed(m_limits.busy, processorTime - m_busySince))
            return ChildEnd{ChildEnd::Kind::BusyLimit, 0};
        if (passed(m_limits.idle, now - m_lastSign))
            return ChildEnd{ChildEnd::Kind::Idle, 0};
        return std::nullopt;
    }

private:
    const ChildLimits m_limits;
    const pid_t m_pid;
    const Clock::time_point m_begin;
    Clock::time_point m_lastSign;
    milliseconds m_processorTime;
    milliseconds m_busySince;
    std::int64_t m_read;
};

Expected<ChildProcess, ChildEnd> ChildProcess::start(const ChildCommand &command)
{
    const auto refused = [](int error) {
        return Unexpected<ChildEnd>(ChildEnd{error == ENOENT ? ChildEnd::Kind::Missing : ChildEnd::Kind::NotStarted, error});
    };
    // A socket pair instead of pipes: writing to a closed socket can be done without a SIGPIPE.
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return refused(errno);
    std::vector<std::string> words = command.words;
    std::vector<char *> argv;
    argv.reserve(words.size() + 1);
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    const SpawnSetup setup(ends[1], command);
    const bool complete = command.inputFile < 0 || setup.inputCopy >= 0;
    const int error = complete ? posix_spawnp(&pid, argv[0], &setup.files, &setup.attributes, argv.data(), environ) : EMFILE;
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return refused(error);
    }
    ChildProcess child(pid, ends[0], command.ownGroup);
    if (canLimitMemory && command.memoryLimit > 0) {
        // Set from outside, after the start: the child waits for its first command.
        const rlimit most{rlim_t(command.memoryLimit), rlim_t(command.memoryLimit)};
        if (prlimit(pid, RLIMIT_AS, &most, nullptr) != 0 && errno != ESRCH)
            return refused(errno);
    }
    return child;
}

ChildProcess::ChildProcess(ChildProcess &&other) noexcept
    : m_pid(std::exchange(other.m_pid, -1)), m_socket(std::exchange(other.m_socket, -1)), m_ownGroup(other.m_ownGroup),
      m_unread(std::move(other.m_unread))
{ }

ChildProcess::~ChildProcess()
{
    kill({});
    if (m_socket >= 0)
        close(m_socket);
}

void ChildProcess::killGroup() const
{
    ::kill(m_ownGroup ? -m_pid : m_pid, SIGKILL);
}

ChildEnd ChildProcess::kill(ChildEnd end)
{
    if (m_pid > 0) {
        killGroup();
        while (waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) { }
        m_pid = -1;
    }
    return end;
}

bool ChildProcess::writeLine(const std::string &line)
{
    const std::string bytes = line + "\n";
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t sent = send(m_socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        done += std::size_t(std::max<ssize_t>(0, sent));
    }
    return true;
}

Expected<bool, ChildEnd> ChildProcess::receive(Watch &watch, const std::stop_token &stop)
{
    while (true) {
        if (stop.stop_requested())
            return Unexpected<ChildEnd>(kill({ChildEnd::Kind::Stopped, 0}));
        pollfd ready{m_socket, POLLIN, 0};
        if (poll(&ready, 1, int(pollInterval.count())) <= 0) {
            if (const auto exceeded = watch.exceeded())
                return Unexpected<ChildEnd>(kill(*exceeded));
            continue;
        }
        std::array<char, 4096> buffer{};
        const ssize_t count = recv(m_socket, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        m_unread.append(buffer.data(), std::size_t(count));
        return true;
    }
}

/// How the child ended, once its output has ended.
ChildEnd ChildProcess::reap(Watch &watch, const std::stop_token &stop)
{
    if (m_pid <= 0)
        return {ChildEnd::Kind::Killed, SIGKILL};
    for (milliseconds pause{1};; pause = std::min(2 * pause, pollInterval)) {
        siginfo_t info{};
        if (waitid(P_PID, id_t(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != EINTR)
            return kill({ChildEnd::Kind::NotStarted, errno});
        if (info.si_pid == m_pid)
            break;
        if (stop.stop_requested())
            return kill({ChildEnd::Kind::Stopped, 0});
        if (const auto exceeded = watch.exceeded())
            return kill(*exceeded);
        std::this_thread::sleep_for(pause);
    }
    killGroup(); // processes that it left behind; the group's number is not reused before waitpid()
    int status = 0;
    while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
    m_pid = -1;
    return WIFSIGNALED(status) ? ChildEnd{ChildEnd::Kind::Killed, WTERMSIG(status)}
                               : ChildEnd{ChildEnd::Kind::Exited, WEXITSTATUS(status)};
}

Expected<std::string, ChildEnd> ChildProcess::readLine(const ChildLimits &limits, const std::stop_token &stop)
{
    Watch watch(limits, m_pid);
    while (true) {
        if (const std::size_t length = m_unread.find('\n'); length != std::string::npos) {
            std::string line = m_unread.substr(0, length);
            m_unread.erase(0, length + 1);
            return line;
        }
        if (m_unread.size() > longestLine)
            return Unexpected<ChildEnd>(kill({ChildEnd::Kind::LineTooLong, 0}));
        const auto more = receive(watch, stop);
        if (!more)
            return Unexpected<ChildEnd>(more.error());
        if (!*more)
            return Unexpected<ChildEnd>(reap(watch, stop));
    }
}

Expected<std::string, ChildEnd> ChildProcess::readAll(const ChildLimits &limits, const std::stop_token &stop)
{
    Watch watch(limits, m_pid);
    while (true) {
        const auto more = receive(watch, stop);
        if (!more)
            return Unexpected<ChildEnd>(more.error());
        if (*more)
            continue;
        if (const ChildEnd end = reap(watch, stop); !end.success())
            return Unexpected<ChildEnd>(end);
        return std::exchange(m_unread, {});
    }
}

} // namespace nms
