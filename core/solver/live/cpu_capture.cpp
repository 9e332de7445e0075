// SPDX-License-Identifier: Apache-2.0
#include "core/solver/live/cpu_capture.h"

#include "core/base/parallel.h"
#include "core/methods/factory.h"
#include "core/solver/live/figure_sums.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace nms {

namespace {

float toFloat(double value)
{
    constexpr double most = std::numeric_limits<float>::max();
    return float(std::clamp(value, -most, most));
}

class CpuKeyFrameReader : public KeyFrameReader
{
public:
    explicit CpuKeyFrameReader(CapturedSolve solve) : m_solve(std::move(solve)) { }

    Status capture(const KeyFrame &frame, const TileRegion &region, Snapshot &out) const override
    {
        const std::size_t tiles = std::size_t(m_solve.grid.count());
        FrameHead head{};
        if (frame.state.size() != sizeof(head) + tiles * (m_solve.stateBytes + sizeof(PlanFigures)))
            return fail(ErrorKind::Internal, "key frame", "was saved by another solve", "restart the solve");
        std::memcpy(&head, frame.state.data(), sizeof(head));
        const std::byte *states = frame.state.data() + sizeof(head);
        return captureTiles(m_solve, head.stats, states, states + tiles * m_solve.stateBytes, region, out);
    }

private:
    const CapturedSolve m_solve;
};

} // namespace

Status captureTiles(const CapturedSolve &solve, const IterationStats &stats, const std::byte *states,
                    const std::byte *figures, const TileRegion &region, Snapshot &out)
{
    return withMemoryErrors(matrixText(solve.grid), solveByPanels, [&]() -> Status {
        const TileGrid &grid = solve.grid;
        out.shape(grid, region);
        const TileRegion wanted = out.region;
        const int m = grid.m;
        const std::int64_t row0 = wanted.tileRow0 * m, col0 = wanted.tileCol0 * m;
        const std::int64_t tiles = wanted.tileRows() * wanted.tileCols();
        out.iteration = stats.iteration;
        out.stats = stats;
        constexpr std::int64_t tilesAtOnce = 8192;
        parallelBlocks(grid.count(), tilesAtOnce, solve.options.threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t tile = begin; tile < end; ++tile) {
                PlanFigures own;
                std::memcpy(&own, figures + std::size_t(tile) * sizeof(own), sizeof(own));
                out.tiles[std::size_t(tile)] = tileStats(own, grid.entries(tile), (*solve.totals)[std::size_t(tile)]);
            }
        });

        Matrix<float> &shown = out.plan.host();
        const auto doBlock = [&](std::int64_t begin, std::int64_t end) {
            const auto scores = std::make_unique<TileScores>();
            const auto work = makeIterativeTile(solve.options);
            const auto plan = std::make_unique<TileArray<double>>();
            TileLine<double> alpha, beta;
            for (std::int64_t k = begin; k < end; ++k) {
                const std::int64_t tileRow = wanted.tileRow0 + k / wanted.tileCols();
                const std::int64_t tileCol = wanted.tileCol0 + k % wanted.tileCols();
                const std::int64_t tile = grid.index(tileRow, tileCol);
                scores->gather(solve.score->span(), grid, tile);
                work->resume(*scores, states + std::size_t(tile) * solve.stateBytes);
                work->plan(*plan);
                for (int i = 0; i < grid.realRows(tile); ++i)
                    for (int j = 0; j < grid.realCols(tile); ++j)
                        shown(tileRow * m + i - row0, tileCol * m + j - col0) = float(plan->row(i, scores->stride())[j]);
                work->thresholds(alpha.data(), beta.data());
                float *potentials = out.potentials.data() + k * 2 * m;
                for (std::size_t line = 0; line < std::size_t(m); ++line) {
                    potentials[line] = toFloat(alpha[line]);
                    potentials[std::size_t(m) + line] = toFloat(beta[line]);
                }
            }
        };
        parallelBlocks(tiles, std::max(1, 8192 / (m * m)), solve.options.threads, {}, doBlock);
        return {};
    });
}

std::shared_ptr<const KeyFrameReader> makeKeyFrameReader(const CapturedSolve &solve)
{
    return std::make_shared<const CpuKeyFrameReader>(solve);
}

} // namespace nms
