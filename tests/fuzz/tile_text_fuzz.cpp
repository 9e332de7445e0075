// SPDX-License-Identifier: Apache-2.0
// Tiles as text: what is accepted is in range and written as text that is read as exactly the same tile.
#include "core/sandbox/tile_catalog.h"
#include "core/sandbox/tile_feasibility.h"
#include "core/sandbox/tile_text.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto tile = nms::parseTile({reinterpret_cast<const char *>(data), size});
    if (!tile) {
        if (tile.error().line().empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    const auto again = nms::parseTile(nms::tileText(*tile));
    if (!tile->validateNumbers() || !again || !(*again == *tile))
        std::abort();
    if (const nms::Status feasible = nms::validateTile(*tile); !feasible && feasible.error().line().empty())
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    std::vector<std::string> seeds{
        "nmscope tile 1\nrow-sums 2\ncolumn-sums 1 1 2\ncaps\n1 1 inf\n0 1 2e0\nscores\n-1.5 .5 3\n+4 5. 6\n"};
    for (const char *name : {"greedy-2:4", "greedy-half", "factories", "uneven"})
        seeds.push_back(tileText(*builtInTile(name)));
    return seeds;
}

} // namespace nms::fuzz
