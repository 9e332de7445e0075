// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nms {

/// Opens the window and stays until it is closed; returns the process's exit status (2: misused).
int runWindow(int argc, char **argv);

} // namespace nms
