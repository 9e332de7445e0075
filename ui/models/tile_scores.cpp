// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_scores.h"

#include "ui/models/tile_sums.h"

#include <QThreadPool>

namespace nms {

void TileScores::prepare(const std::shared_ptr<const Matrix<float>> &score, const TileGrid &grid)
{
    if (m_sums.valid() && m_score == score && m_grid == grid)
        return;
    m_score = score;
    m_grid = grid;
    // Not std::async, whose future waits in its destructor.
    auto task = std::make_shared<std::packaged_task<Sums()>>(
        [score, grid] { return std::make_shared<const std::vector<double>>(sumTiles(*score, grid)); });
    m_sums = task->get_future().share();
    QThreadPool::globalInstance()->start([task] { (*task)(); });
}

TileScores::Sums TileScores::of(const std::shared_ptr<const Matrix<float>> &score, const TileGrid &grid)
{
    prepare(score, grid);
    return m_sums.get();
}

void TileScores::clear()
{
    *this = {};
}

} // namespace nms
