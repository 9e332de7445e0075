// SPDX-License-Identifier: Apache-2.0
// Runs of small tiles, sixteen at a time.
#pragma once

#include "core/solver/tile/tile_solver.h"

#include <array>

namespace nms {

class GroupSolver : public RunSolver
{
public:
    static constexpr int groupTiles = 16;
    static constexpr int maxM = 8;

    std::int64_t solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results) override;

protected:
    /// Byte i % 4 of rows[i / 4][t]: what row i of tile t keeps, bit j in column j. Aligned to 64 bytes.
    using GroupRows = std::uint32_t[maxM / 4][groupTiles];

    explicit GroupSolver(NmPattern pattern);

    /// Of the m × m tiles t < `tiles`, entry (i, j) is cells[i·stride + t·strideFor(m) + j]; so many tiles, columns and rows
    /// as a whole group has can be read. Entries outside the matrix are 0. False where a score may be negative or not
    /// finite (−0 is one that only may).
    virtual bool solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows) = 0;

    const NmPattern m_pattern;

private:
    const float *padded(Span2d<const float> cells);

    const int m_width; // of a tile where kernels read it
    alignas(64) std::array<float, std::size_t(maxM *maxM *groupTiles)> m_padded;
};

} // namespace nms
