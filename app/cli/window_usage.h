// SPDX-License-Identifier: Apache-2.0
// How the window is opened from a command line.
#pragma once

#include <span>

namespace nms {

/// An option of the window's command line: "--name VALUE", or a flag where `value` is empty.
struct WindowOption {
    const char *name = "";
    const char *value = "";
    const char *text = "";
    const char *choices = ""; // separated by spaces, where these are few
};

/// How the window is opened, for help, man page and completions. Without options: it cannot be.
struct WindowUsage {
    const char *summary = "";
    std::span<const WindowOption> options;
};

} // namespace nms
