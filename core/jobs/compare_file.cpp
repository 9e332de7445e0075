// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/compare_file.h"

#include "core/jobs/score_source.h"
#include "core/jobs/tensor_selection.h"
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
    const auto widest = std::max_element(settings.patterns.begin(), settings.patterns.end(),
                                         [](const NmPattern &a, const NmPattern &b) { return a.m < b.m; });
    auto opened = openTensors(settings.file, settings.tensors, widest->m, progress.stop);
    if (!opened)
        return fail(opened.error());

    const auto score = ScoreSource::open(settings.score, progress.stop);
    if (!score)
        return fail(score.error());
    for (const TensorInfo &tensor : opened->selection.taken)
        if (const Status found = score->check(tensor); !found)
            return fail(found.error());

    CompareReport report{settings.file, backend.id(), {}, crossProduct(settings.patterns, *methods), {}, {}, score->name()};
    const auto cases = static_cast<std::int64_t>(report.cases.size());
    JobProgress counts(progress, cases * static_cast<std::int64_t>(opened->selection.taken.size()));
    for (const TensorInfo &tensor : opened->selection.taken) {
        if (events.tensor)
            events.tensor(tensor.path);
        const auto weights =
            readMatrix(*opened->source, tensor, settings.memoryLimit / 2, NonFinite::Refused, progress.stop);
        if (!weights)
            return fail(weights.error());
        const auto onRow = [&](const ComparisonRow &row) {
            report.masks.push_back(comparedOf(tensor, row, settings.options));
            counts.endStep(1);
        };
        const Status compared = runComparison(backend, fallback, weights->span(), report.cases, settings.options,
                                              progress.stop, onRow, score->rowsOf(tensor, settings.options.threads));
        if (!compared)
            return fail(errorIn(opened->source->fileName(), tensor.path, compared.error()));
    }
    report.tensors = std::move(opened->selection.taken);
    report.skipped = std::move(opened->selection.skipped);
    return report;
}

} // namespace

Result<CompareReport> compareFile(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                  const Progress &progress, const Events &events)
{
    return guarded([&] { return compare(settings, backend, fallback, progress, events); });
}

} // namespace nms::jobs
