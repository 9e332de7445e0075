// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <vector>

namespace nms::bench {

/// A program that is talked to line by line over its standard input and output; its standard error goes nowhere. It has a
/// process group of its own (Ctrl-C is the parent's) and sees its input end when the parent does. One thread at a time.
class ChildProcess
{
public:
    /// The first word is looked up in PATH. Io error where it cannot be started.
    static Result<ChildProcess> start(const std::vector<std::string> &command);
    ChildProcess(ChildProcess &&other) noexcept;
    ChildProcess &operator=(ChildProcess &&) = delete;
    ~ChildProcess(); // kills it

    Status writeLine(const std::string &line);
    /// The next line without its end. Io error when the program ends, says more than a line may hold, or nothing for
    /// `limit`; Cancelled soon after `stop`.
    Result<std::string> readLine(std::chrono::milliseconds limit, const std::stop_token &stop);

private:
    ChildProcess(std::string name, pid_t pid, int socket) : m_name(std::move(name)), m_pid(pid), m_socket(socket) { }

    std::string m_name;
    pid_t m_pid = -1;
    int m_socket = -1;
    std::string m_unread;
};

} // namespace nms::bench
