// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms::jobs {

/// What a job or the window takes of this machine's memory unless told otherwise: half of it, in bytes. Any thread.
std::int64_t halfOfMemory();

} // namespace nms::jobs
