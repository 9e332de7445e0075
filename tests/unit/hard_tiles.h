// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tile/tile.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <memory>

namespace nms::test {

/// body(TileScores) for every tile of every hard score matrix, its name in the trace.
template <class F> void forHardTiles(NmPattern pattern, F &&body)
{
    const auto tile = std::make_unique<TileScores>();
    for (const HardScores &hard : hardScores()) {
        const Matrix<float> scores = hard.make(pattern);
        const TileGrid grid{scores.rows(), scores.cols(), pattern.m};
        for (std::int64_t k = 0; k < grid.count(); ++k) {
            SCOPED_TRACE(hard.name + (" " + pattern.text()));
            tile->gather(scores.span(), grid, k);
            body(*tile);
        }
    }
}

} // namespace nms::test
