// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/tile_grid.h"

#include <future>
#include <memory>
#include <vector>

namespace nms {

/// Σ of the scores of each tile, for one score matrix and one grid at a time. A pass over all scores takes longer than a
/// frame where there are many: prepare() makes it on another thread, before of() is asked. GUI thread.
class TileScores
{
public:
    using Sums = std::shared_ptr<const std::vector<double>>; // row-major

    void prepare(const std::shared_ptr<const Matrix<float>> &score, const TileGrid &grid);
    /// Waits for what is being made; makes what was not prepared.
    Sums of(const std::shared_ptr<const Matrix<float>> &score, const TileGrid &grid);
    void clear();

private:
    std::shared_ptr<const Matrix<float>> m_score;
    TileGrid m_grid;
    std::shared_future<Sums> m_sums; // of the two above
};

} // namespace nms
