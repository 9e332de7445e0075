// SPDX-License-Identifier: Apache-2.0
#include "core/base/thread_limit.h"

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace nms {

namespace {

/// "" where there is none or it cannot be told.
std::string userLimit()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return {};
    return "ulimit -u " + std::to_string(limit.rlim_cur);
}

/// Of the control group that this process sees as the root of all: a container's own.
std::string containerLimit()
{
    for (const char *file : {"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"}) {
        std::string limit;
        if (std::ifstream(file) >> limit && !limit.empty() && limit.find_first_not_of("0123456789") == std::string::npos)
            return "pids.max " + limit;
    }
    return {};
}

const char *programName = "";
std::terminate_handler handlerBefore = nullptr;

[[noreturn]] void onTerminate()
{
    try {
        if (const std::exception_ptr exception = std::current_exception())
            std::rethrow_exception(exception);
    } catch (const std::exception &exception) {
        if (isThreadLimit(exception)) {
            const std::string line = programName + threadLimitError({}).line() + "\n";
            [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
            ::_exit(1);
        }
    } catch (...) { // somebody else's
    }
    if (handlerBefore)
        handlerBefore();
    std::abort();
}

} // namespace

bool isThreadLimit(const std::exception &exception)
{
    if (const auto *system = dynamic_cast<const std::system_error *>(&exception))
        return system->code() == std::errc::resource_unavailable_try_again;
    return std::string_view(exception.what()).starts_with("pthread_create has failed"); // TBB's std::runtime_error
}

Error threadLimitError(std::string where)
{
    const std::string user = userLimit();
    const std::string container = containerLimit();
    const std::string known = user.empty() || container.empty() ? user + container : user + ", " + container;
    return {ErrorKind::Resource, std::move(where),
            "no further thread can be started: the limit on processes and threads of this user, container or system is "
            "reached" +
                (known.empty() ? known : " (" + known + ")"),
            "raise it, end other programs, or run on fewer processors (taskset)"};
}

void endClearlyAtThreadLimit(const char *program)
{
    programName = program;
    handlerBefore = std::set_terminate(onTerminate);
}

} // namespace nms
