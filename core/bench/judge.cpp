// SPDX-License-Identifier: Apache-2.0
#include "core/bench/judge.h"

#include "core/solver/cpu_backend.h"
#include "core/solver/tile/tile_mask.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nms::bench {

namespace {

struct Counts {
    bool within = true; // no row or column keeps more than n
    bool full = true; // each keeps n
};

Counts countsOf(const TileMask &mask, NmPattern pattern)
{
    TileLine<int> rows = {}, columns = {};
    for (std::size_t i = 0; i < std::size_t(pattern.m); ++i) {
        rows[i] = std::popcount(mask.rows[i]);
        for (std::uint64_t bits = mask.rows[i]; bits; bits &= bits - 1)
            ++columns[std::size_t(std::countr_zero(bits))];
    }
    Counts counts;
    for (std::size_t k = 0; k < std::size_t(pattern.m); ++k) {
        counts.within = counts.within && rows[k] <= pattern.n && columns[k] <= pattern.n;
        counts.full = counts.full && rows[k] == pattern.n && columns[k] == pattern.n;
    }
    return counts;
}

double relativeGap(double bound, double kept)
{
    return bound > 0 ? (bound - kept) / bound : 0;
}

} // namespace

Gap Gap::of(std::span<const double> gaps)
{
    Gap all;
    const auto count = double(gaps.size());
    double squares = 0;
    for (const double gap : gaps) {
        all.mean += gap / count;
        all.worst = std::max(all.worst, gap);
        squares += gap * gap;
    }
    if (gaps.size() > 1)
        all.standardError = std::sqrt(std::max(0.0, squares - count * all.mean * all.mean) / (count * (count - 1)));
    return all;
}

Result<std::vector<double>> provenOptima(const TileSet &tiles, NmPattern pattern, const std::stop_token &stop)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = Method::Exact;
    const Result<Solution> solution = makeCpuBackend()->solve(tiles.whole(), options, {stop, {}});
    if (!solution)
        return fail(solution.error());
    std::vector<double> optima;
    optima.reserve(solution->tiles.size());
    for (const TileResult &tile : solution->tiles)
        optima.push_back(tile.upperBound);
    return optima;
}

Result<Verdict> judge(const Contender &contender, const Answer &answer, const TileSet &tiles, NmPattern pattern,
                      const std::vector<double> &optima)
{
    const auto wrong = [&](const std::string &what) {
        return fail(ErrorKind::Internal, contender.method() + " on " + contender.backend(), what,
                    "do not trust its figures");
    };
    const std::size_t count = answer.tiles.size();
    const Span2d<const float> scores = tiles.first(std::int64_t(count));
    const TileGrid grid{scores.rows, scores.cols, pattern.m};
    if (std::size_t(grid.count()) != count || answer.mask.rows() != grid.rows || answer.mask.cols() != grid.cols)
        return wrong("answered with a mask of another size");

    Verdict verdict;
    std::vector<double> certified;
    const auto gathered = std::make_unique<TileScores>();
    for (std::size_t tile = 0; tile < count; ++tile) {
        const TileMask mask = loadTile(answer.mask, grid, std::int64_t(tile));
        gathered->gather(scores, grid, std::int64_t(tile));
        const double kept = keptScore(*gathered, mask);
        if (contender.transposable()) {
            const Counts counts = countsOf(mask, pattern);
            if (!counts.within)
                return wrong("tile " + std::to_string(tile) + " keeps more than " + std::to_string(pattern.n) +
                             " in a row or column");
            // exact rounds each score to 24 bits of the tile's largest, so that two optima may differ by a quantum an entry.
            const double rounding = double(gathered->maximum()) * pattern.n * pattern.m / ((1 << 24) - 1);
            if (counts.full && kept > optima[tile] + rounding)
                return wrong("tile " + std::to_string(tile) + " keeps more than the proven optimum");
            verdict.gaps.push_back(relativeGap(counts.full ? std::max(kept, optima[tile]) : optima[tile], kept));
        }
        const TileResult &result = answer.tiles[tile];
        certified.push_back(answer.proof == Proof::Bounds ? relativeGap(std::max(kept, result.upperBound), kept) : 0);
        verdict.worstResidual = std::max(verdict.worstResidual, double(result.residual));
        verdict.notConverged += result.converged ? 0 : 1;
    }
    if (contender.transposable())
        verdict.gap = Gap::of(verdict.gaps);
    if (answer.proof != Proof::None)
        verdict.certified = Gap::of(certified);
    return verdict;
}

} // namespace nms::bench
