// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/sparsity/tile_grid.h"

#include <new>

namespace nms {

/// Runs `work`, and makes a Resource error of memory that is not there.
template <class F> auto withMemoryErrors(const TileGrid &grid, F &&work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, std::to_string(grid.rows) + " × " + std::to_string(grid.cols) + " matrix",
                    "not enough memory to solve it at once", "solve it by row panels with a smaller memory limit");
    }
}

} // namespace nms
