// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/command.h"
#include "core/bench/io/io_bench.h"

#include <stop_token>
#include <string>

namespace nms::cli {

/// `nmscope bench --io`: measures in a new folder below TMPDIR, which is removed, and prints a table or JSON. Without
/// `setup.file` a file of about `size` bytes ("1G") is made there first. `setup.folder` is ignored.
Result<ExitCode> benchIo(bench::IoSetup setup, const std::string &size, bool json, const std::stop_token &stop);

} // namespace nms::cli
