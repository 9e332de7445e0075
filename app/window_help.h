// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/window_usage.h"

namespace nms {

/// How the window is opened from a command line: for nmscope --help, the man page and the documentation.
WindowUsage windowUsage();

} // namespace nms
