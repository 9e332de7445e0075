// SPDX-License-Identifier: Apache-2.0
// The command line: one subcommand a file, all over the same core as the window.
#pragma once

namespace nms {

/// True where the first argument is a subcommand, a help flag or --version; anything else is the window's.
bool isCliInvocation(int argc, char **argv);

/// Runs the subcommand on the calling thread and returns the process's exit status: 0 done, 1 failed, 2 misused.
/// Call it before any other thread is started: SIGINT, SIGTERM, SIGHUP and SIGXCPU are taken over by
/// a thread of its own.
int runCli(int argc, char **argv);

} // namespace nms
