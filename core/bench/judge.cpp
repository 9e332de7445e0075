// SPDX-License-Identifier: Apache-2.0
#include "core/bench/judge.h"

#include "core/solver/cpu_backend.h"

#include <algorithm>
#include <cmath>

namespace nms::bench {

namespace {

/// The counts of a mask in one tile, computed without any code of the solvers.
struct Count {
    bool within = true; // no row or column keeps more than n
    bool full = true; // each keeps exactly n
    double kept = 0; // sum of the kept scores
    double largest = 0; // largest score
};

Count countOf(Span2d<const float> tile, const Mask &mask, std::int64_t row0, std::int64_t col0, int n)
{
    Count count;
    std::vector<int> columns(std::size_t(tile.cols));
    const auto take = [&](int inLine) {
        count.within = count.within && inLine <= n;
        count.full = count.full && inLine == n;
    };
    for (std::int64_t i = 0; i < tile.rows; ++i) {
        int row = 0;
        for (std::int64_t j = 0; j < tile.cols; ++j) {
            count.largest = std::max(count.largest, double(tile(i, j)));
            if (!mask.at(row0 + i, col0 + j))
                continue;
            count.kept += tile(i, j);
            ++row;
            ++columns[std::size_t(j)];
        }
        take(row);
    }
    std::for_each(columns.begin(), columns.end(), take);
    return count;
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
    options.method = provingMethod();
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
    for (std::size_t index = 0; index < count; ++index) {
        const auto tile = std::int64_t(index);
        const Count found =
            countOf(tiles.tile(tile), answer.mask, grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m, pattern.n);
        if (contender.transposable()) {
            if (!found.within)
                return wrong("tile " + std::to_string(tile) + " keeps more than " + std::to_string(pattern.n) +
                             " in a row or column");
            // exact rounds each score to 24 bits of the tile's largest, so two optima may differ by one quantum per entry.
            const double optimum = optima[index], rounding = found.largest * pattern.n * pattern.m / ((1 << 24) - 1);
            if (found.full && found.kept > optimum + rounding)
                return wrong("tile " + std::to_string(tile) + " keeps more than the proven optimum");
            // Sums in a different order differ in the last bits.
            const bool reached = found.full && found.kept > optimum * (1 - 1e-12);
            verdict.gaps.push_back(reached ? 0 : relativeGap(optimum, found.kept));
        }
        const TileResult &result = answer.tiles[index];
        const double bound = answer.proof == Proof::Bounds ? result.upperBound : found.kept;
        certified.push_back(bound > found.kept * (1 + 1e-12) ? relativeGap(bound, found.kept) : 0);
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
