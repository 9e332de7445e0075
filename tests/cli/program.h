// SPDX-License-Identifier: Apache-2.0
// Drives the built nmscope as a script would.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace nms::test {

struct Finished {
    int exitStatus = -1; // 128 + signal where a signal ended it
    std::string out;
    std::string err;
    double seconds = 0;
};

/// A started nmscope; killed by the destructor if it still runs.
class Program
{
public:
    /// `inChild` runs before nmscope does, in its process: limits, signals. `program`: something else that starts nmscope.
    explicit Program(const std::vector<std::string> &arguments, const std::vector<std::string> &environment = {},
                     const std::function<void()> &inChild = {}, const std::string &program = NMS_PROGRAM);
    ~Program();
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    pid_t pid() const { return m_pid; }
    void sendSignal(int signal) const;
    /// Seconds count from the call. Kills it after `limit`.
    Finished wait(std::chrono::seconds limit = std::chrono::seconds(240));

private:
    pid_t m_pid = -1;
    int m_out = -1;
    int m_err = -1;
};

/// Runs `nmscope ARGUMENTS…` to its end; environment entries ("NAME=value") are added.
Finished runProgram(const std::vector<std::string> &arguments, const std::vector<std::string> &environment = {},
                    const std::function<void()> &inChild = {});

} // namespace nms::test
