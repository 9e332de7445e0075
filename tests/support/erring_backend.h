// SPDX-License-Identifier: Apache-2.0
// A backend that returns wrong solutions, which its callers must detect.
#pragma once

#include "core/solver/cpu_backend.h"
#include "core/solver/solver_backend.h"

#include <functional>
#include <memory>
#include <utility>

namespace nms::test {

/// The CPU backend, except that every batch solution of more than 20 rows is corrupted before it is returned: a file that is
/// solved in panels may end with a shorter one.
class ErringBackend : public SolverBackend
{
public:
    using Spoil = std::function<void(Solution &, Span2d<const float> score)>;

    explicit ErringBackend(Spoil spoil) : m_spoil(std::move(spoil)) { }

    std::string id() const override { return "erring"; }
    std::string description() const override { return "a backend that errs"; }
    bool supports(Method method) const override { return m_cpu->supports(method); }
    bool supportsLive(Method) const override { return false; }
    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        Result<Solution> solution = m_cpu->solve(score, options, progress);
        if (solution && score.rows > spoiledRow)
            m_spoil(*solution, score);
        return solution;
    }
    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override
    {
        return m_cpu->startLive(std::move(score), options, progress);
    }

    /// Row 20 keeps one entry more: the first pruned one from column 40 on. The figures of the tile stay as they were.
    static void oneBitMore(Solution &solution, Span2d<const float>)
    {
        solution.mask.set(spoiledRow, firstPruned(solution), true);
    }
    /// The same, with the score of the entry added to the figures of its tile, so that only counting entries detects it.
    static void oneEntryMore(Solution &solution, Span2d<const float> score)
    {
        const std::int64_t col = firstPruned(solution), m = solution.grid.m;
        solution.mask.set(spoiledRow, col, true);
        solution.tiles[std::size_t(solution.grid.index(spoiledRow / m, col / m))].objective +=
            double(score(spoiledRow, col));
    }
    /// Tile (2, 5) reports a larger objective than its mask keeps.
    static void wrongObjective(Solution &solution, Span2d<const float>)
    {
        TileResult &tile = solution.tiles[std::size_t(solution.grid.index(2, 5))];
        tile.objective *= 1.001;
    }

    LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const override
    {
        return m_cpu->liveMemory(grid, options);
    }

private:
    static constexpr std::int64_t spoiledRow = 20;

    static std::int64_t firstPruned(const Solution &solution)
    {
        std::int64_t col = 40;
        while (solution.mask.at(spoiledRow, col))
            ++col;
        return col;
    }

    std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
    Spoil m_spoil;
};

} // namespace nms::test
