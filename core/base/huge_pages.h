// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nms {

/// Asks the system for large pages where memory that nobody has written yet is big enough to matter. The kernel then zeroes
/// it in pieces of megabytes, not page by page, which for large results is worth much. Only a hint:
/// nothing happens where there are none.
void preferHugePages(void *memory, std::size_t bytes);

} // namespace nms
