// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/memory_limit.h"

#include <unistd.h>

namespace nms::jobs {

std::int64_t halfOfMemory()
{
    const std::int64_t pages = sysconf(_SC_PHYS_PAGES);
    const std::int64_t pageSize = sysconf(_SC_PAGESIZE);
    return pages > 0 && pageSize > 0 ? pages / 2 * pageSize : std::int64_t(1) << 30;
}

} // namespace nms::jobs
