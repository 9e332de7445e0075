// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/tile_scores.h"

#include <algorithm>
#include <cmath>

namespace nms {

void TileScores::gather(Span2d<const float> score, const TileGrid &grid, std::int64_t tile)
{
    m_m = grid.m;
    m_stride = strideFor(m_m);
    m_realRows = grid.realRows(tile);
    m_realCols = grid.realCols(tile);
    m_maximum = 0;
    m_total = 0;
    float minimum = 0;
    const std::int64_t row0 = grid.rowOf(tile) * m_m, col0 = grid.colOf(tile) * m_m;
    for (int i = 0; i < m_m; ++i) {
        float *to = m_scores.row(i, m_stride);
        int filled = 0;
        if (i < m_realRows) {
            const float *from = &score(row0 + i, col0);
            for (; filled < m_realCols; ++filled) {
                to[filled] = from[filled];
                minimum = std::min(minimum, from[filled]);
                m_maximum = std::max(m_maximum, from[filled]);
                m_total += from[filled];
            }
        }
        std::fill(to + filled, to + m_stride, 0.0F);
    }
    m_valid = minimum >= 0 && std::isfinite(m_total); // a NaN or Inf anywhere is one in the sum
}

} // namespace nms
