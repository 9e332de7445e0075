// SPDX-License-Identifier: Apache-2.0
#include "core/prune/row_blocks.h"

#include "core/prune/budget.h"
#include "core/prune/reconstruction_error.h"

#include <algorithm>
#include <bit>

namespace nms {

namespace {

Progress partOf(const Progress &host, std::size_t part, std::size_t parts)
{
    if (!host.report)
        return host;
    return {host.stop, [&host, part, parts](std::int64_t done, std::int64_t total) {
                host.report(std::int64_t(part) * total + done, std::int64_t(parts) * total);
            }};
}

/// Errors of the layer's blocks of m outputs; ‖Δ‖² if there is no H.
Result<std::vector<double>> blockErrors(const LayerProblem &layer, const PrunedLayer &pruned, int m, PruneParts parts,
                                        int threads)
{
    const Result<std::vector<double>> byRow =
        errorByOutput(layer.weights, pruned.weights.span(), layer.gram, parts.algebra, threads);
    if (!byRow)
        return fail(byRow.error());
    std::vector<double> errors((byRow->size() + std::size_t(m) - 1) / std::size_t(m));
    for (std::size_t row = 0; row < byRow->size(); ++row)
        errors[row / std::size_t(m)] += (*byRow)[row];
    return errors;
}

void takeRows(const PrunedLayer &from, std::int64_t row0, std::int64_t rows, PrunedLayer &to)
{
    for (std::int64_t row = row0; row < row0 + rows; ++row) {
        std::ranges::copy(from.weights.span().row(row), to.weights.span().row(row).begin());
        std::ranges::copy(from.mask.row64(row), to.mask.row64(row).begin());
    }
}

void addWork(const PrunedLayer &from, PrunedLayer &to)
{
    to.iterations = std::max(to.iterations, from.iterations);
    to.refinements = std::max(to.refinements, from.refinements);
    to.seconds += from.seconds;
    to.tileSeconds += from.tileSeconds;
    to.tileSolves += from.tileSolves;
}

} // namespace

Result<PrunedLayer> pruneByBlocks(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                                  const Progress &progress)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    const NmPattern pattern = options.tiles.pattern;
    const std::vector<int> keeps = options.keeps();
    const std::int64_t rows = layer.weights.rows, blocks = (rows + pattern.m - 1) / pattern.m;
    std::vector<std::vector<BudgetChoice>> choices(static_cast<std::size_t>(blocks));
    std::vector<PrunedLayer> tried;
    for (std::size_t k = 0; k < keeps.size(); ++k) {
        PruneOptions with = options;
        with.tiles.pattern.n = keeps[k];
        with.blocks = false;
        with.acceptSingular = options.acceptSingular || k > 0; // the first run has checked H
        Result<PrunedLayer> pruned = pruneLayer(layer, with, parts, partOf(progress, k, keeps.size()));
        if (!pruned)
            return fail(pruned.error());
        const auto errors = blockErrors(layer, *pruned, pattern.m, parts, options.tiles.threads);
        if (!errors)
            return fail(errors.error());
        for (std::size_t block = 0; block < choices.size(); ++block) {
            std::int64_t kept = 0;
            const std::int64_t row0 = std::int64_t(block) * pattern.m, end = std::min(rows, row0 + pattern.m);
            for (std::int64_t row = row0; row < end; ++row)
                for (const std::uint64_t word : pruned->mask.row64(row))
                    kept += std::popcount(word);
            choices[block].push_back({kept, (*errors)[block]});
        }
        tried.push_back(std::move(*pruned));
    }
    const auto own = std::size_t(std::ranges::find(keeps, pattern.n) - keeps.begin());
    const Result<std::vector<std::size_t>> shared = shareBudget(choices, tried[own].mask.kept());
    if (!shared)
        return fail(shared.error());
    PrunedLayer result = tried[own];
    result.seconds = result.tileSeconds = 0;
    result.tileSolves = 0;
    for (const PrunedLayer &one : tried)
        addWork(one, result);
    for (std::size_t block = 0; block < choices.size(); ++block) {
        const std::int64_t row0 = std::int64_t(block) * pattern.m;
        takeRows(tried[(*shared)[block]], row0, std::min<std::int64_t>(pattern.m, rows - row0), result);
        result.blockKeeps.push_back(keeps[(*shared)[block]]);
    }
    return result;
}

} // namespace nms
