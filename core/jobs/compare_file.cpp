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

/// The cases of patterns × methods whose pattern fits the tensor; the others are appended to `skipped`.
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

struct CompareParts {
    TensorSource &source;
    SolverBackend &backend;
    SolverBackend &fallback;
    const ScoreSource &score;
    const CompareSettings &settings;
};

/// Results of all cases, each summed over the matrices of the stack.
Result<std::vector<ComparisonRow>> runCases(const CompareParts &parts, const TensorInfo &tensor,
                                            const std::vector<ComparisonCase> &cases, JobProgress &counts)
{
    std::vector<ComparisonRow> rows;
    TensorInfo fitted = tensor;
    if (const Status fits = fitToFloat(parts.source, fitted, counts.stop()); !fits)
        return fail(fits.error());
    const std::int64_t matrices = tensor.matrices();
    for (std::int64_t k = 0; k < matrices; ++k) {
        const TensorInfo matrix = matrices == 1 ? fitted : matrixOf(fitted, k);
        const auto weights =
            readMatrix(parts.source, matrix, parts.settings.memoryLimit / 2, NonFinite::Refused, counts.stop());
        if (!weights)
            return fail(weights.error());
        std::size_t done = 0;
        const auto onRow = [&](const ComparisonRow &row) {
            if (k == 0)
                rows.push_back(row);
            else
                rows[done] += row;
            ++done;
            counts.endStep(1);
        };
        const Status compared =
            runComparison(parts.backend, parts.fallback, weights->span(), cases, parts.settings.options, counts.stop(),
                          onRow, parts.score.rowsOf(matrix, parts.settings.options.threads));
        if (!compared)
            return fail(errorIn(parts.source.fileName(), matrix.path, compared.error()));
    }
    for (ComparisonRow &row : rows) {
        row.totals.objective *= parts.score.unit(fitted);
        row.totals.upperBound *= parts.score.unit(fitted);
    }
    return rows;
}

Status checkPatterns(const CompareSettings &settings)
{
    if (settings.patterns.empty())
        return fail(ErrorKind::Usage, "--patterns", "there is no pattern to compare", "give at least one, as 8:16");
    for (const NmPattern &pattern : settings.patterns) {
        SolveOptions options = settings.options;
        options.pattern = pattern;
        if (Status valid = options.validate(); !valid)
            return valid;
    }
    return {};
}

Result<CompareReport> compare(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                              const Progress &progress, const Events &events)
{
    if (const Status valid = checkPatterns(settings); !valid)
        return fail(valid.error());
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
        if (const Status fits = requireReadable(*opened->source, tensor.matrices() > 1 ? matrixOf(tensor, 0) : tensor,
                                                settings.memoryLimit / 2);
            !fits)
            return fail(fits.error());
    }

    CompareReport report{settings.file, backend.id(), {}, crossProduct(settings.patterns, *methods), {}, {}, score->name()};
    report.skipped = std::move(opened->selection.skipped);
    std::vector<std::vector<ComparisonCase>> cases; // by tensor
    std::int64_t total = 0;
    for (const TensorInfo &tensor : tensors) {
        cases.push_back(casesOf(tensor, settings, *methods, report.skipped));
        total += static_cast<std::int64_t>(cases.back().size()) * tensor.matrices();
    }
    JobProgress counts(progress, total);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const TensorInfo &tensor = tensors[i];
        if (events.tensor)
            events.tensor(tensor.path);
        if (settings.tensors.skipInvalid) {
            auto place = invalidPlaceOf(*opened->source, tensor, {progress.stop, {}});
            if (!place)
                return fail(place.error());
            if (*place) {
                report.skipped.push_back({tensor.path, std::move(**place)});
                counts.endStep(static_cast<std::int64_t>(cases[i].size()) * tensor.matrices());
                continue;
            }
        }
        const auto rows = runCases({*opened->source, backend, fallback, *score, settings}, tensor, cases[i], counts);
        if (!rows)
            return fail(rows.error());
        for (const ComparisonRow &row : *rows)
            report.masks.push_back(comparedOf(tensor, row, settings.options));
        report.tensors.push_back(tensor);
    }
    if (report.tensors.empty())
        return fail(nothingFinite(opened->source->fileName(), report.skipped.back(), tensors.size()));
    return report;
}

Result<std::vector<ComparedMask>> compareOne(const CompareParts &parts, const TensorInfo &tensor, const Progress &progress)
{
    const CompareSettings &settings = parts.settings;
    if (const Status valid = checkPatterns(settings); !valid)
        return fail(valid.error());
    const auto methods = methodsOf(settings.methods, parts.backend, parts.fallback);
    if (!methods)
        return fail(methods.error());
    std::vector<SkippedEntry> unfit;
    const std::vector<ComparisonCase> cases = casesOf(tensor, settings, *methods, unfit);
    if (cases.empty())
        return fail(ErrorKind::Input, unfit.front().path, unfit.front().reason, "choose smaller patterns");
    if (const Status found = parts.score.check(tensor); !found)
        return fail(found.error());
    JobProgress counts(progress, std::int64_t(cases.size()) * tensor.matrices());
    const auto rows = runCases(parts, tensor, cases, counts);
    if (!rows)
        return fail(rows.error());
    std::vector<ComparedMask> masks;
    for (const ComparisonRow &row : *rows)
        masks.push_back(comparedOf(tensor, row, settings.options));
    return masks;
}

} // namespace

ComparedMask comparedOf(const TensorInfo &tensor, const ComparisonRow &row, SolveOptions options)
{
    MaskReport report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.axes = tensor.axes.letters;
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

Result<std::vector<ComparedMask>> compareTensor(TensorSource &source, const TensorInfo &tensor, const ScoreSource &score,
                                                const CompareSettings &settings, SolverBackend &backend,
                                                SolverBackend &fallback, const Progress &progress)
{
    return guarded([&] { return compareOne({source, backend, fallback, score, settings}, tensor, progress); });
}

Result<CompareReport> compareFile(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                  const Progress &progress, const Events &events)
{
    return guarded([&] { return compare(settings, backend, fallback, progress, events); });
}

} // namespace nms::jobs
