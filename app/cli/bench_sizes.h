// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/command.h"
#include "core/bench/size_bench.h"

#include <stop_token>
#include <string>
#include <vector>

namespace nms::cli {

/// `nmscope bench --sizes`: measures on all backends of this machine and prints a table or JSON. `sides`: numbers from 1 to
/// 65536, or "all" for those of `setup`. Usage error for others.
Result<ExitCode> benchSizes(bench::SizeSetup setup, const std::vector<std::string> &sides, bool json,
                            const std::stop_token &stop);

} // namespace nms::cli
