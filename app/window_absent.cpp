// SPDX-License-Identifier: Apache-2.0
// The program without the window: the command line alone.
#include "app/window_help.h"
#include "app/window_host.h"

#include <cstdio>

namespace nms {

WindowUsage windowUsage()
{
    return {"This nmscope is built without its window: it has the commands below.", {}};
}

int runWindow(int, char **)
{
    std::fputs("nmscope: this nmscope is built without its window; the command line works, see nmscope --help\n", stderr);
    return 1;
}

} // namespace nms
