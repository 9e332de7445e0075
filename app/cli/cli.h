// SPDX-License-Identifier: Apache-2.0
// The command line: one file for each subcommand, all on the same core as the window.
#pragma once

#include "app/cli/window_usage.h"

#include <string>

namespace nms {

/// True where the first argument is a subcommand, a help flag, --version, or a word that is neither a subcommand nor a file:
/// a mistyped one, which runCli() refuses. Anything else is the window's.
bool isCliInvocation(int argc, char **argv);

/// Runs the subcommand on the calling thread and returns the exit status of the process: 0 done, 1 failed, 2 usage error.
/// Must be called before any other thread is started: a dedicated
/// thread handles SIGINT, SIGTERM, SIGHUP and SIGXCPU.
int runCli(int argc, char **argv, const WindowUsage &window);

/// All commands and options as a page of the documentation, in Markdown. Any thread.
std::string commandReference(const WindowUsage &window);

} // namespace nms
