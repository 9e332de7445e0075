// SPDX-License-Identifier: Apache-2.0
#include "core/bench/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace nms::bench {

namespace {

constexpr std::size_t longestLine = 1 << 16;

/// What posix_spawn asks for, given back at the end.
struct SpawnSetup {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};

    explicit SpawnSetup(int socket)
    {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        // The parent may have blocked or ignored signals for reasons of its own.
        sigset_t none, defaults;
        sigemptyset(&none);
        sigemptyset(&defaults);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP})
            sigaddset(&defaults, signal);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnSetup(const SpawnSetup &) = delete;
    SpawnSetup &operator=(const SpawnSetup &) = delete;
    ~SpawnSetup()
    {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
};

} // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string> &command)
{
    const std::string &name = command.front();
    // A pair of sockets and not pipes: writing to one whose other end is gone can be done without a SIGPIPE.
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ErrorKind::Io, name, std::strerror(errno), "close some files and try again");
    std::vector<std::string> words = command;
    std::vector<char *> argv;
    argv.reserve(words.size() + 1);
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    const SpawnSetup setup(ends[1]);
    const int error = posix_spawnp(&pid, argv[0], &setup.files, &setup.attributes, argv.data(), environ);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return fail(ErrorKind::Io, name, std::strerror(error), "check that it is installed and can be run");
    }
    return ChildProcess(name, pid, ends[0]);
}

ChildProcess::ChildProcess(ChildProcess &&other) noexcept
    : m_name(std::move(other.m_name)), m_pid(std::exchange(other.m_pid, -1)), m_socket(std::exchange(other.m_socket, -1)),
      m_unread(std::move(other.m_unread))
{ }

ChildProcess::~ChildProcess()
{
    if (m_pid < 0)
        return;
    close(m_socket);
    kill(m_pid, SIGKILL);
    while (waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) { }
}

Status ChildProcess::writeLine(const std::string &line)
{
    const std::string bytes = line + "\n";
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t sent = send(m_socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return fail(ErrorKind::Io, m_name, "ended without listening: " + std::string(std::strerror(errno)));
        done += std::size_t(std::max<ssize_t>(0, sent));
    }
    return {};
}

Result<std::string> ChildProcess::readLine(std::chrono::milliseconds limit, const std::stop_token &stop)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    while (true) {
        if (const std::size_t length = m_unread.find('\n'); length != std::string::npos) {
            std::string line = m_unread.substr(0, length);
            m_unread.erase(0, length + 1);
            return line;
        }
        if (m_unread.size() > longestLine)
            return fail(ErrorKind::Io, m_name, "answers without an end");
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, m_name, "stopped while it worked");
        if (std::chrono::steady_clock::now() > end)
            return fail(ErrorKind::Io, m_name, "does not answer in time");
        pollfd ready{m_socket, POLLIN, 0};
        if (poll(&ready, 1, 50) <= 0)
            continue;
        std::array<char, 4096> buffer{};
        const ssize_t count = recv(m_socket, buffer.data(), buffer.size(), 0);
        if (count == 0 || (count < 0 && errno != EINTR))
            return fail(ErrorKind::Io, m_name, "ended without an answer");
        m_unread.append(buffer.data(), std::size_t(std::max<ssize_t>(0, count)));
    }
}

} // namespace nms::bench
