// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace nms::test {

namespace {

struct Pipe {
    int readEnd = -1;
    int writeEnd = -1;
    Pipe()
    {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            throw std::runtime_error("pipe2 failed");
        readEnd = ends[0];
        writeEnd = ends[1];
    }
};

[[noreturn]] void becomeProgram(std::vector<char *> &argv, const std::vector<std::string> &environment,
                                const std::function<void()> &inChild, int out, int err)
{
    // A test runner in the background has SIGINT ignored, and children inherit that.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGXFSZ})
        std::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (inChild)
        inChild();
    for (const std::string &entry : environment)
        putenv(const_cast<char *>(entry.c_str()));
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
}

} // namespace

Program::Program(const std::vector<std::string> &arguments, const std::vector<std::string> &environment,
                 const std::function<void()> &inChild, const std::string &program)
{
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char *> argv;
    argv.reserve(words.size() + 1);
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    const Pipe out, err;
    m_pid = fork();
    if (m_pid < 0)
        throw std::runtime_error("fork failed");
    if (m_pid == 0)
        becomeProgram(argv, environment, inChild, out.writeEnd, err.writeEnd);
    close(out.writeEnd);
    close(err.writeEnd);
    m_out = out.readEnd;
    m_err = err.readEnd;
}

Program::~Program()
{
    if (m_pid > 0) {
        kill(m_pid, SIGKILL);
        waitpid(m_pid, nullptr, 0);
    }
    close(m_out);
    close(m_err);
}

void Program::sendSignal(int signal) const
{
    kill(m_pid, signal);
}

Finished Program::wait(std::chrono::seconds limit)
{
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    Finished finished;
    std::array<pollfd, 2> streams{pollfd{m_out, POLLIN, 0}, pollfd{m_err, POLLIN, 0}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        if (Clock::now() - start > limit)
            kill(m_pid, SIGKILL);
        if (poll(streams.data(), streams.size(), 100) <= 0)
            continue;
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (streams[i].fd < 0 || streams[i].revents == 0)
                continue;
            std::array<char, 4096> buffer{};
            const ssize_t count = read(streams[i].fd, buffer.data(), buffer.size());
            if (count > 0)
                (i == 0 ? finished.out : finished.err).append(buffer.data(), static_cast<std::size_t>(count));
            else if (count == 0 || errno != EINTR)
                streams[i].fd = -1;
        }
    }
    int status = 0;
    waitpid(m_pid, &status, 0);
    m_pid = -1;
    finished.exitStatus = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    finished.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return finished;
}

Finished runProgram(const std::vector<std::string> &arguments, const std::vector<std::string> &environment,
                    const std::function<void()> &inChild)
{
    return Program(arguments, environment, inChild).wait();
}

} // namespace nms::test
