// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nms {

/// Asks the operating system for huge pages for memory that has not been written yet, where it is large enough. The kernel
/// then zeroes it in megabytes instead of page by page, which saves much time for large results. Only a hint: no effect
/// where huge pages are not available.
void preferHugePages(void *memory, std::size_t bytes);

} // namespace nms
