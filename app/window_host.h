// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/cli.h"

namespace nms {

/// How the window is opened from a command line, as nmscope --help says it.
WindowUsage windowUsage();

/// Opens the window and runs until it is closed; returns the exit status of the process (2: usage error). In a program that
/// is built without the window: says so, and returns 1.
int runWindow(int argc, char **argv);

} // namespace nms
