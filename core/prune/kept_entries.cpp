// SPDX-License-Identifier: Apache-2.0
#include "core/prune/kept_entries.h"

#include "core/base/parallel.h"
#include "core/solver/hand_over.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

namespace nms {

namespace {

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

Result<KeptEntries> EntryChooser::choose(Span2d<const float> score, const std::stop_token &stop)
{
    const auto start = std::chrono::steady_clock::now();
    if (!m_solver) {
        auto solver = m_backend.startWeights(m_options);
        if (!solver)
            return fail(solver.error());
        m_solver = std::move(*solver);
    }
    Result<KeptEntries> kept = judged(m_solver->solve(score, {stop, {}}), score); // |score| is the score
    m_seconds += secondsSince(start);
    return kept;
}

Result<KeptEntries> EntryChooser::chooseAgain(Span2d<const float> score, std::int64_t firstTile, std::int64_t tiles,
                                              const std::stop_token &stop)
{
    if (!keepsPotentials())
        return choose(score, stop);
    const auto start = std::chrono::steady_clock::now();
    constexpr double tolerance = 1e-3;
    Result<KeptEntries> kept =
        judged(solveFromPotentials(score, m_options, tolerance, firstTile, tiles, stop, m_potentials), score);
    m_seconds += secondsSince(start);
    return kept;
}

/// Checks a solution: the mask is counted, and the scores that it keeps are summed again.
Result<KeptEntries> EntryChooser::judged(Result<Solution> solution, Span2d<const float> score)
{
    if (!solution)
        return fail(solution.error());
    if (const Status counted = checkCounts(*solution, m_options.threads); !counted)
        return fail(counted.error());
    const MaskSums sums = maskSums(score, solution->mask, m_options.threads);
    if (const Status checked = checkObjective(*solution, score, sums); !checked)
        return fail(checked.error());
    KeptEntries kept = {std::move(solution->mask), solution->totals(), sums.magnitude};
    m_tiles += kept.totals.tiles;
    return kept;
}

Result<KeptEntries> EntryChooser::chooseWithinRows(Span2d<const float> score, const std::stop_token &stop)
{
    if (!ranksAllRows())
        return choose(score, stop);
    const auto start = std::chrono::steady_clock::now();
    const auto count = static_cast<std::size_t>(m_options.pattern.shareOf(score.cols));
    KeptEntries kept = {Mask(score.rows, score.cols), {}, 0};
    std::vector<double> sums(static_cast<std::size_t>(score.rows)), all(sums.size());
    const bool complete = parallelBlocks(score.rows, 16, m_options.threads, stop, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int32_t> order(static_cast<std::size_t>(score.cols));
        for (std::int64_t row = begin; row < end; ++row) {
            const std::span<const float> values = score.row(row);
            std::iota(order.begin(), order.end(), 0);
            all[std::size_t(row)] = std::accumulate(values.begin(), values.end(), 0.0);
            const auto better = [&](std::int32_t a, std::int32_t b) {
                const float left = values[std::size_t(a)], right = values[std::size_t(b)];
                return left > right || (left == right && a < b);
            };
            if (count < order.size())
                std::nth_element(order.begin(), order.begin() + std::ptrdiff_t(count), order.end(), better);
            for (std::size_t k = 0; k < count; ++k) {
                kept.mask.set(row, order[k], true);
                sums[std::size_t(row)] += double(values[std::size_t(order[k])]);
            }
        }
    });
    if (!complete)
        return fail(ErrorKind::Cancelled, "prune", "stopped before all rows were ranked");
    kept.scores = std::accumulate(all.begin(), all.end(), 0.0);
    kept.totals.tiles = score.rows; // entries compete within a row
    kept.totals.objective = kept.totals.upperBound = std::accumulate(sums.begin(), sums.end(), 0.0);
    m_tiles += kept.totals.tiles;
    m_seconds += secondsSince(start);
    return kept;
}

} // namespace nms
