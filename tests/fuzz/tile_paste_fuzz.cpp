// SPDX-License-Identifier: Apache-2.0
// Pasted numbers: a grid that is accepted is within a tile's size, and is pasted again as the same.
#include "core/sandbox/tile_paste.h"
#include "core/sandbox/tile_problem.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto grid = nms::parsePaste({reinterpret_cast<const char *>(data), size});
    if (!grid) {
        if (grid.error().line().empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    const auto &values = grid->values;
    if (values.rows() < 1 || values.cols() < 1 || std::max(values.rows(), values.cols()) > nms::TileProblem::maxSide)
        std::abort();
    const auto again = nms::parsePaste(nms::pasteText(values.span()));
    if (!again || again->values.rows() != values.rows() || again->values.cols() != values.cols() ||
        !std::equal(values.data(), values.data() + values.size(), again->values.data()))
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {"9\t8\n7\t6\n",
            "1,5;2\n3;4,5;\n",
            "1, 2, 3\n4, 5e-3, \u22126",
            "\\left[\\begin{array}{rr|c}\n 1 & 2 & {3} \\\\[2pt] \\hline\n 4 & 5 & $6$ % six\n\\end{array}\\right]",
            "array([[1. , 2.5],\n       [3. , 4. ]], dtype=float32)",
            "[[1. 2.]\n [3. 4.]]",
            "A = [1, 2;\n 3, 4];"};
}

} // namespace nms::fuzz
