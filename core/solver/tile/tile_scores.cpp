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
    const std::int64_t row0 = grid.rowOf(tile) * m_m, col0 = grid.colOf(tile) * m_m;
    for (int i = 0; i < m_m; ++i) {
        float *to = m_scores.row(i, m_stride);
        const int filled = i < m_realRows ? m_realCols : 0;
        if (filled > 0)
            std::copy_n(&score(row0 + i, col0), filled, to);
        std::fill(to + filled, to + m_stride, 0.0F);
    }

    // In four lanes, which is the least stride: the sum has one order everywhere, and the loop vectorises.
    constexpr int lanes = 4;
    float least[lanes] = {}, most[lanes] = {};
    double total[lanes] = {};
    const float *values = m_scores.values.data();
    for (int k = 0; k < m_m * m_stride; k += lanes)
        for (int l = 0; l < lanes; ++l) {
            const float value = values[k + l];
            least[l] = value < least[l] ? value : least[l];
            most[l] = value > most[l] ? value : most[l];
            total[l] += double(value);
        }
    m_maximum = *std::max_element(most, most + lanes);
    m_total = (total[0] + total[1]) + (total[2] + total[3]);
    m_valid = *std::min_element(least, least + lanes) >= 0 && std::isfinite(m_total); // a NaN or Inf makes the sum one
}

} // namespace nms
