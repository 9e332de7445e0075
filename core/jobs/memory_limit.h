// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms::jobs {

/// Default memory limit of a job or the window: half of this machine's memory, in bytes. Any thread.
std::int64_t halfOfMemory();

} // namespace nms::jobs
