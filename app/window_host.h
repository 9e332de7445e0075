// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nms {

/// Opens the window and runs until it is closed; returns the exit status of the process (2: usage error). In a program that
/// is built without the window: says so, and returns 1.
int runWindow(int argc, char **argv);

} // namespace nms
