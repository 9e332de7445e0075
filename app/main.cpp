// SPDX-License-Identifier: Apache-2.0
#include "app/cli/cli.h"
#include "app/window_help.h"
#include "app/window_host.h"
#include "core/base/exceptions.h"

int main(int argc, char **argv)
{
    nms::reportThreadLimitOnTerminate("nmscope: ");
    return nms::isCliInvocation(argc, argv) ? nms::runCli(argc, argv, nms::windowUsage()) : nms::runWindow(argc, argv);
}
