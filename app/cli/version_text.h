// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nms::cli {

/// What `nmscope --version` prints: the version, libhdf5's as it is loaded, and what this program is built with, one line
/// each.
std::string versionText(bool hasWindow);

} // namespace nms::cli
