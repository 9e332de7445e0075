// SPDX-License-Identifier: Apache-2.0
// NmPattern::parse: what it accepts is in range and spells itself.
#include "core/sparsity/nm_pattern.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto pattern = nms::NmPattern::parse({reinterpret_cast<const char *>(data), size});
    if (!pattern)
        return 0;
    ++nms::fuzz::accepted;
    const auto again = nms::NmPattern::parse(pattern->text());
    if (pattern->n < 1 || pattern->n > pattern->m || pattern->m > nms::NmPattern::maxM || !again || *again != *pattern)
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {"2:4", "8:16", "64:64", "1:1", "9:8", "0:4", "4294967297:4294967300", " 2 : 4 ", "-1:4"};
}

} // namespace nms::fuzz
