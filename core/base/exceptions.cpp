// SPDX-License-Identifier: Apache-2.0
#include "core/base/exceptions.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace nms {

namespace {

std::string oneLine(std::string text)
{
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

/// "" where there is no limit, it does not apply (to root), or it cannot be read.
std::string userLimit()
{
    rlimit limit = {};
    if (::geteuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return {};
    return "ulimit -u " + std::to_string(limit.rlim_cur);
}

/// The folder of the control group that counts this process's threads, in version 1 or 2; a container sees its own group as
/// the root.
std::string controlGroup()
{
    std::ifstream groups("/proc/self/cgroup"); // NUMBER:CONTROLLERS:/PATH
    for (std::string line; std::getline(groups, line);) {
        const std::size_t path = line.find('/');
        if (line.find(":pids:") < path)
            return "/sys/fs/cgroup/pids" + line.substr(path);
        if (line.starts_with("0::/"))
            return "/sys/fs/cgroup" + line.substr(path);
    }
    return {};
}

/// The smallest limit of the group and its ancestors; "" where there is none.
std::string groupLimit()
{
    std::optional<unsigned long> least;
    for (std::filesystem::path group = controlGroup(); group.has_relative_path() && group.filename() != "fs";
         group = group.parent_path()) {
        unsigned long limit = 0; // stays so where the file says "max"
        if (std::ifstream(group / "pids.max") >> limit)
            least = std::min(limit, least.value_or(limit));
    }
    return least ? "pids.max " + std::to_string(*least) : std::string();
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
    } catch (...) { // not derived from std::exception
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
    const std::string group = groupLimit();
    const std::string known = user.empty() || group.empty() ? user + group : user + ", " + group;
    return {ErrorKind::Resource, std::move(where),
            "no further thread can be started: the limit on processes and threads of this user, container or system is "
            "reached" +
                (known.empty() ? known : " (" + known + ")"),
            "raise it, end other programs, or run on fewer processors (taskset)"};
}

void reportThreadLimitOnTerminate(const char *program)
{
    programName = program;
    handlerBefore = std::set_terminate(onTerminate);
}

Error errorFromException(std::string where, std::string memoryRemedy)
{
    constexpr const char *bug = "this is a bug in nmscope: please report it";
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return {ErrorKind::Resource, std::move(where), "out of memory", std::move(memoryRemedy)};
    } catch (const std::exception &exception) {
        if (isThreadLimit(exception))
            return threadLimitError(std::move(where));
        return {ErrorKind::Internal, std::move(where), oneLine(exception.what()), bug};
    } catch (...) {
        return {ErrorKind::Internal, std::move(where), "an exception of unknown type", bug};
    }
}

} // namespace nms
