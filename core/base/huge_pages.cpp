// SPDX-License-Identifier: Apache-2.0
#include "core/base/huge_pages.h"

#ifdef __linux__
#include <sys/mman.h>

#include <cstdint>
#endif

namespace nms {

void preferHugePages([[maybe_unused]] void *memory, [[maybe_unused]] std::size_t bytes)
{
#ifdef MADV_HUGEPAGE
    constexpr std::uintptr_t hugePage = std::uintptr_t(1) << 21;
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory), end = begin + bytes;
    // Only the huge pages that lie wholly inside: memory beside it is not affected.
    const std::uintptr_t first = (begin + hugePage - 1) & ~(hugePage - 1), last = end & ~(hugePage - 1);
    if (first < last)
        madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE); // NOLINT(performance-no-int-to-ptr)
#endif
}

} // namespace nms
