// SPDX-License-Identifier: Apache-2.0
#include "app/window_help.h"

#include "app/window_options.h"

namespace nms {

WindowUsage windowUsage()
{
    return {
        "Without a command, nmscope opens its window: on the files, on the last session, or on the sample layer. With an "
        "option\nother than --attach it starts as if new, set up for a picture that can be repeated.",
        windowOptionTable()};
}

} // namespace nms
