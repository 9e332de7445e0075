// SPDX-License-Identifier: Apache-2.0
#include "core/solver/warm_tiles.h"

#include "core/methods/factory.h"
#include "core/solver/tile_loop.h"

#include <chrono>

namespace nms {

namespace {

SolveOptions warmOptions(SolveOptions options, double tolerance)
{
    options.warmStart.reset();
    if (options.tolerance == 0)
        options.tolerance = tolerance;
    return options;
}

/// Scratch of one thread.
class WarmTiles final : public TileSolver
{
public:
    WarmTiles(const SolveOptions &options, double tolerance, std::int64_t firstTile, TilePotentials &potentials)
        : m_iterations(options.iterations), m_cold(makeIterativeTile(options)),
          m_warm(makeIterativeTile(warmOptions(options, tolerance))), m_firstTile(firstTile), m_potentials(potentials)
    { }

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) override
    {
        constexpr int betweenStops = 64;
        tile += m_firstTile;
        double *alpha = m_potentials.values.span().row(tile).data(), *beta = alpha + scores.m();
        std::uint8_t &known = m_potentials.known[std::size_t(tile)];
        IterativeTile &solver = known ? *m_warm : *m_cold;
        if (known)
            solver.startFrom(scores, alpha, beta);
        else
            solver.start(scores);
        for (int left = m_iterations; left > 0 && !solver.done() && !stop.stop_requested(); left -= betweenStops)
            solver.advance(std::min(left, betweenStops));
        solver.thresholds(alpha, beta);
        known = 1;
        return solver.round(out);
    }

private:
    const int m_iterations;
    const std::unique_ptr<IterativeTile> m_cold, m_warm;
    const std::int64_t m_firstTile;
    TilePotentials &m_potentials;
};

} // namespace

bool gainsFromPotentials(const SolveOptions &options)
{
    return isEntropic(options.method) && hasIterations(options.method) && !options.warmStart;
}

Result<Solution> solveFromPotentials(Span2d<const float> score, const SolveOptions &options, double tolerance,
                                     std::int64_t firstTile, std::int64_t tiles, const std::stop_token &stop,
                                     TilePotentials &potentials)
{
    const auto start = std::chrono::steady_clock::now();
    Solution solution;
    solution.options = options;
    solution.grid = {score.rows, score.cols, options.pattern.m};
    const Status solved = withMemoryErrors(matrixText(solution.grid), solveByPanels, [&]() -> Status {
        if (potentials.known.empty()) {
            potentials.values = Matrix<double>(tiles, std::int64_t(2) * options.pattern.m);
            potentials.known.resize(std::size_t(tiles));
        }
        if (!potentials.areOf(tiles, options.pattern.m))
            return fail(ErrorKind::Usage, "potentials",
                        "are those of " + std::to_string(potentials.known.size()) + " tiles of " +
                            std::to_string(potentials.values.cols() / 2) + ", not of " + std::to_string(tiles) +
                            " tiles of " + std::to_string(options.pattern.m),
                        "start anew");
        return solveTiles(
            score, [&] { return std::make_unique<WarmTiles>(options, tolerance, firstTile, potentials); }, {stop, {}},
            solution);
    });
    if (!solved)
        return fail(solved.error());
    solution.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return solution;
}

} // namespace nms
