// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/compare_file.h"

#include "core/jobs/finite_check.h"
#include "core/jobs/score_source.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <iterator>

namespace nms::jobs {

namespace {

Result<std::vector<Method>> methodsOf(const std::vector<Method> &asked, const SolverBackend &backend,
                                      const SolverBackend &fallback)
{
    const auto known = [&](Method method) {
        return backend.supports(method) || fallback.supports(method);
    };
    for (const Method method : asked)
        if (!known(method))
            return fail(ErrorKind::Unsupported, "--methods " + std::string(nameOf(method)),
                        "no backend of this machine can run it", "leave it out");
    if (!asked.empty())
        return asked;
    std::vector<Method> methods;
    std::copy_if(offeredMethods().begin(), offeredMethods().end(), std::back_inserter(methods), known);
    return methods;
}

ComparedMask comparedOf(const TensorInfo &tensor, const ComparisonRow &row, SolveOptions options)
{
    MaskReport report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.pattern = row.which.pattern;
    report.method = nameOf(row.which.method);
    report.tiles = row.totals.tiles;
    report.seconds = row.seconds;
    report.keptFraction = row.metrics.keptFraction;
    report.objective = row.totals.objective;
    report.upperBound = row.totals.upperBound;
    report.relativeGap = row.totals.relativeGap;
    report.keptMagnitude = row.metrics.keptMagnitude;
    report.relativeSquaredError = row.metrics.relativeSquaredError;
    options.pattern = row.which.pattern;
    options.method = row.which.method;
    return {std::move(report), options, row.totals, row.transposable, row.backend};
}

/// Those of patterns × methods whose pattern fits the tensor; the others are listed.
std::vector<ComparisonCase> casesOf(const TensorInfo &tensor, const CompareSettings &settings,
                                    const std::vector<Method> &methods, std::vector<SkippedEntry> &skipped)
{
    std::vector<NmPattern> fitting;
    for (const NmPattern &pattern : settings.patterns) {
        const std::string reason = whyNotCut(tensor, pattern.m);
        if (reason.empty())
            fitting.push_back(pattern);
        else
            skipped.push_back({tensor.path, "at " + pattern.text() + ": " + reason});
    }
    return crossProduct(fitting, methods);
}

Result<CompareReport> compare(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                              const Progress &progress, const Events &events)
{
    if (settings.patterns.empty())
        return fail(ErrorKind::Usage, "--patterns", "there is no pattern to compare", "give at least one, as 8:16");
    for (const NmPattern &pattern : settings.patterns) {
        SolveOptions options = settings.options;
        options.pattern = pattern;
        if (const Status valid = options.validate(); !valid)
            return fail(valid.error());
    }
    const auto methods = methodsOf(settings.methods, backend, fallback);
    if (!methods)
        return fail(methods.error());
    const auto narrowest = std::min_element(settings.patterns.begin(), settings.patterns.end(),
                                            [](const NmPattern &x, const NmPattern &y) { return x.m < y.m; });
    auto opened = openTensors(settings.file, settings.tensors, narrowest->m, progress.stop);
    if (!opened)
        return fail(opened.error());
    std::vector<TensorInfo> &tensors = opened->selection.taken;
    const auto score = ScoreSource::open(settings.score, progress.stop);
    if (!score)
        return fail(score.error());
    for (const TensorInfo &tensor : tensors) {
        if (const Status found = score->check(tensor); !found)
            return fail(found.error());
        if (const Status fits = requireReadable(*opened->source, tensor, settings.memoryLimit / 2); !fits)
            return fail(fits.error());
    }

    CompareReport report{settings.file, backend.id(), {}, crossProduct(settings.patterns, *methods), {}, {}, score->name()};
    report.skipped = std::move(opened->selection.skipped);
    std::vector<std::vector<ComparisonCase>> cases; // by tensor
    std::int64_t total = 0;
    for (const TensorInfo &tensor : tensors) {
        cases.push_back(casesOf(tensor, settings, *methods, report.skipped));
        total += static_cast<std::int64_t>(cases.back().size());
    }
    JobProgress counts(progress, total);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const TensorInfo &tensor = tensors[i];
        if (events.tensor)
            events.tensor(tensor.path);
        const NonFinite nonFinite = settings.tensors.skipInvalid ? NonFinite::Allowed : NonFinite::Refused;
        const auto weights = readMatrix(*opened->source, tensor, settings.memoryLimit / 2, nonFinite, progress.stop);
        if (!weights)
            return fail(weights.error());
        if (settings.tensors.skipInvalid) {
            if (const auto place = invalidPlaceOf(weights->span(), *opened->source, tensor)) {
                report.skipped.push_back({tensor.path, *place});
                counts.endStep(static_cast<std::int64_t>(cases[i].size()));
                continue;
            }
        }
        const auto onRow = [&](const ComparisonRow &row) {
            report.masks.push_back(comparedOf(tensor, row, settings.options));
            counts.endStep(1);
        };
        const Status compared = runComparison(backend, fallback, weights->span(), cases[i], settings.options, progress.stop,
                                              onRow, score->rowsOf(tensor, settings.options.threads));
        if (!compared)
            return fail(errorIn(opened->source->fileName(), tensor.path, compared.error()));
        report.tensors.push_back(tensor);
    }
    if (report.tensors.empty())
        return fail(nothingFinite(opened->source->fileName(), report.skipped.back(), tensors.size()));
    return report;
}

} // namespace

Result<CompareReport> compareFile(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                  const Progress &progress, const Events &events)
{
    return guarded([&] { return compare(settings, backend, fallback, progress, events); });
}

} // namespace nms::jobs
