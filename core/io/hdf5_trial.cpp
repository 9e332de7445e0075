// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_trial.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nms {

namespace {

/// Neither our streams nor our signals are the trial's: in a process group of its own, a terminal's Ctrl-C passes it by.
class SpawnSetup
{
public:
    SpawnSetup()
    {
        posix_spawn_file_actions_init(&files);
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
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

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

std::string howItEnded(int status)
{
    if (!WIFSIGNALED(status))
        return "libhdf5 does not survive reading its structure";
    if (WTERMSIG(status) == SIGXCPU)
        return "libhdf5 finds no end of its structure";
    if (WTERMSIG(status) == SIGKILL)
        return "libhdf5 was stopped while it read its structure, probably for want of memory";
    return "libhdf5 crashes on its structure (signal " + std::to_string(WTERMSIG(status)) + ")";
}

} // namespace

std::string hdf5TrialProgram()
{
    if (const char *without = std::getenv("NMS_NO_TRIAL"); without && *without && *without != '0')
        return {};
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string() : (self.parent_path() / "nms_hdf5_trial").string();
}

Status tryHdf5(const std::string &file, const std::string &program)
{
    if (program.empty())
        return {};
    const SpawnSetup setup;
    std::string name = program;
    std::string argument = file;
    const std::array<char *, 3> arguments = {name.data(), argument.data(), nullptr};
    pid_t pid = -1;
    if (posix_spawn(&pid, name.c_str(), &setup.files, &setup.attributes, arguments.data(), environ) != 0)
        return {};
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return {};
    constexpr int cannotBeRun = 127; // its libraries are missing
    if (WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_SUCCESS || WEXITSTATUS(status) == cannotBeRun))
        return {};
    return fail(ErrorKind::Input, file, howItEnded(status), "the file is damaged or cut off; get it again");
}

} // namespace nms
