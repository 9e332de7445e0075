// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/prune_compare.h"

#include "core/prune/error_map.h"
#include "core/prune/prune_layer.h"
#include "core/sparsity/metrics.h"

#include <algorithm>

namespace nms::jobs {

std::vector<PruneCase> pruneCases(const LayerProblem &layer, std::span<const Framework> frameworks,
                                  std::span<const Kind> kinds, std::span<const NmPattern> patterns)
{
    const std::int64_t side = std::min(layer.weights.rows, layer.weights.cols);
    std::vector<PruneCase> cases;
    for (const Framework framework : frameworks)
        for (const Kind kind : kinds)
            for (const NmPattern pattern : patterns)
                if (pattern.m <= side && (layer.gram != nullptr || !traitsOf(framework).usesInputs))
                    cases.push_back({framework, kind, pattern});
    return cases;
}

Status comparePruning(const LayerProblem &layer, std::span<const PruneCase> cases, const PruneOptions &base,
                      PruneParts parts, const Progress &progress,
                      const std::function<void(const PruneCaseResult &)> &onResult)
{
    const int threads = base.tiles.threads;
    std::optional<ErrorMapper> errors;
    if (layer.gram != nullptr) {
        Result<ErrorMapper> made = ErrorMapper::make(layer.weights, *layer.gram, parts.algebra, threads);
        if (!made)
            return fail(made.error());
        errors = std::move(*made);
    }
    constexpr std::int64_t thousandths = 1000;
    std::int64_t before = 0;
    for (const PruneCase &which : cases) {
        PruneOptions options = base;
        options.framework = which.framework;
        options.kind = which.kind;
        options.tiles.pattern = which.pattern;
        const Progress part{progress.stop, [&](std::int64_t done, std::int64_t) {
                                if (progress.report)
                                    progress.report(before + done, thousandths * std::int64_t(cases.size()));
                            }};
        const Result<PrunedLayer> pruned = pruneLayer(layer, options, parts, part);
        if (!pruned)
            return fail(pruned.error());
        PruneCaseResult result{.which = which, .steps = pruned->iterations, .seconds = pruned->seconds};
        const MaskSums sums = maskSums(layer.weights, pruned->mask, threads);
        result.keptMagnitude = sums.magnitude > 0 ? sums.keptMagnitude / sums.magnitude : 1;
        if (errors) {
            const Result<ErrorMap> map = errors->of(pruned->weights.span());
            if (!map)
                return fail(map.error());
            result.error = map->relative;
        }
        onResult(result);
        before += thousandths;
    }
    return {};
}

std::optional<double> priceOfTransposability(std::span<const PruneCaseResult> results, Framework framework,
                                             NmPattern pattern)
{
    const auto errorOf = [&](Kind kind) -> std::optional<double> {
        const auto found = std::ranges::find(results, PruneCase{framework, kind, pattern}, &PruneCaseResult::which);
        return found == results.end() ? std::nullopt : std::optional(found->error);
    };
    const auto both = errorOf(Kind::Transposable), rows = errorOf(Kind::RowNm);
    return both && rows && *rows > 0 ? std::optional(*both / *rows) : std::nullopt;
}

} // namespace nms::jobs
