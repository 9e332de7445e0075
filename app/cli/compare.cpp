// SPDX-License-Identifier: Apache-2.0
// nmscope compare: patterns × methods on each tensor.
#include "core/session/comparison.h"

#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/mask_report.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "app/cli/row_panels.h"
#include "app/cli/tensor_selection.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    std::string file;
    std::vector<std::string> patterns{"2:4", "4:8", "8:16", "16:32"};
    std::vector<std::string> methods;
    std::vector<std::string> tensors;
    RunArguments run;
    std::string memoryLimit;
    bool json = false;
    bool csv = false;
};

struct Compared {
    MaskReport report;
    SolveOptions options;
    SolutionTotals totals;
    bool transposable = true;
    std::string backend;
};

Result<std::vector<NmPattern>> patternsOf(const Arguments &arguments)
{
    std::vector<NmPattern> patterns;
    for (const std::string &text : arguments.patterns) {
        const Result<NmPattern> pattern = parsePattern(text);
        if (!pattern)
            return fail(pattern.error());
        patterns.push_back(*pattern);
    }
    return patterns;
}

/// Those asked for, or all that a backend at hand knows.
Result<std::vector<Method>> methodsOf(const Arguments &arguments, const SolverBackend &backend,
                                      const SolverBackend &fallback)
{
    std::vector<Method> methods;
    const auto known = [&](Method method) {
        return backend.supports(method) || fallback.supports(method);
    };
    for (const std::string &name : arguments.methods) {
        const Result<Method> method = parseMethod(name);
        if (!method)
            return fail(method.error());
        if (!known(*method))
            return fail(ErrorKind::Unsupported, "--methods " + name, "no backend of this machine can run it",
                        "leave it out");
        methods.push_back(*method);
    }
    if (arguments.methods.empty())
        std::copy_if(offeredMethods().begin(), offeredMethods().end(), std::back_inserter(methods), known);
    return methods;
}

Compared toCompared(const TensorInfo &tensor, const ComparisonRow &row, SolveOptions options)
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

Json toJson(const Compared &compared)
{
    Json entry = toJson(compared.report);
    entry["transposable"] = compared.transposable;
    entry["backend"] = compared.backend;
    addConvergence(entry, compared.totals, compared.options);
    return entry;
}

std::string csvField(const std::string &text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char letter : text)
        quoted.append(letter == '"' ? 2 : 1, letter);
    return quoted + "\"";
}

std::string toCsv(const std::vector<Compared> &rows)
{
    constexpr std::array columns{"path",
                                 "pattern",
                                 "method",
                                 "transposable",
                                 "kept_magnitude",
                                 "relative_gap",
                                 "relative_squared_error",
                                 "kept_fraction",
                                 "objective",
                                 "upper_bound",
                                 "tiles",
                                 "seconds",
                                 "backend",
                                 "not_converged",
                                 "worst_residual",
                                 "iterations_mean"};
    std::string text;
    for (const char *column : columns)
        text += (text.empty() ? "" : ",") + std::string(column);
    text += "\n";
    for (const Compared &row : rows) {
        const Json entry = toJson(row);
        std::string line;
        for (const char *column : columns) {
            const Json &value = entry[column];
            line += (line.empty() ? "" : ",") + csvField(value.is_string() ? value.get<std::string>() : value.dump());
        }
        text += line + "\n";
    }
    return text;
}

std::string toTables(const std::vector<Compared> &rows, const TensorSelection &selection)
{
    std::string text;
    for (const TensorInfo &tensor : selection.taken) {
        TextTable table({"keep", "method", "both ways", "kept |W|", "certified gap", "squared error", "time"});
        for (const Compared &row : rows) {
            const MaskReport &report = row.report;
            if (report.path == tensor.path)
                table.addRow({report.pattern.text(), report.method, row.transposable ? "yes" : "no",
                              formatPercent(*report.keptMagnitude, 3), formatPercent(*report.relativeGap, 4),
                              formatPercent(*report.relativeSquaredError, 3), formatSeconds(report.seconds)});
        }
        text += printable(tensor.path) + "  " + formatShape(tensor.shape) + "\n" + table.text() + "\n";
    }
    return text + toText(selection.skipped);
}

/// A line for each case, over all tensors.
void warnWhereNotConverged(const std::vector<ComparisonCase> &cases, const std::vector<Compared> &rows)
{
    for (std::size_t k = 0; k < cases.size(); ++k) {
        ConvergenceCount count;
        for (std::size_t row = k; row < rows.size(); row += cases.size())
            count.add(rows[row].totals, rows[row].report.path);
        if (const auto warning = count.warning(rows[k].options))
            printMessage("nmscope compare",
                         "warning: " + rows[k].report.pattern.text() + " " + rows[k].report.method + ": " + *warning);
    }
}

Result<ExitCode> compare(const Arguments &arguments, const std::stop_token &stop)
{
    const auto patterns = patternsOf(arguments);
    if (!patterns)
        return fail(patterns.error());
    const auto limit =
        arguments.memoryLimit.empty() ? Result<std::int64_t>(halfOfMemory()) : parseByteSize(arguments.memoryLimit);
    if (!limit)
        return fail(limit.error());
    const auto base = makeSolveOptions(arguments.run, patterns->front(), provingMethod());
    if (!base)
        return fail(base.error());
    const auto backend = chooseBackend(arguments.run.backend);
    if (!backend)
        return fail(backend.error());
    const std::shared_ptr<SolverBackend> fallback = cpuBackend();
    const auto methods = methodsOf(arguments, **backend, *fallback);
    if (!methods)
        return fail(methods.error());
    const auto source = openWeights(arguments.file, stop);
    if (!source)
        return fail(source.error());
    const auto widest = std::max_element(patterns->begin(), patterns->end(), [](auto &a, auto &b) { return a.m < b.m; });
    const auto selection = selectTensors(**source, arguments.tensors, widest->m);
    if (!selection)
        return fail(selection.error());

    const std::vector<ComparisonCase> cases = crossProduct(*patterns, *methods);
    std::vector<Compared> rows;
    {
        ProgressBar bar;
        const auto total = static_cast<double>(cases.size() * selection->taken.size());
        for (const TensorInfo &tensor : selection->taken) {
            bar.setLabel(tensor.path);
            const auto weights =
                readWhole(**source, tensor, *limit / 2, NonFinite::Refused, stop); // the other half is for the scores
            if (!weights)
                return fail(weights.error());
            const auto onRow = [&](const ComparisonRow &row) {
                rows.push_back(toCompared(tensor, row, *base));
                bar.setShare(static_cast<double>(rows.size()) / total);
            };
            const Status compared = runComparison(**backend, *fallback, weights->span(), cases, *base, stop, onRow);
            if (!compared)
                return fail(errorIn((*source)->fileName(), tensor.path, compared.error()));
        }
    }

    warnWhereNotConverged(cases, rows);
    Status printed;
    if (arguments.json) {
        Json object{{"tensors", Json::array()},
                    {"skipped", cli::toJson(selection->skipped)},
                    {"backend", (*backend)->id()},
                    {"version", NMS_VERSION},
                    {"source", arguments.file}};
        for (const Compared &row : rows)
            object["tensors"].push_back(toJson(row));
        printed = printJson(object);
    } else {
        printed = printText(arguments.csv ? toCsv(rows) : toTables(rows, *selection));
    }
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addCompare(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command =
        app.add_subcommand("compare", "What each pattern and method costs: patterns × methods, side by side");
    command->add_option("FILE", arguments->file, "Weights, " + readableEndings())->required()->type_name("");
    addListOption(*command, "--patterns", arguments->patterns, "Keep N of every M, comma-separated")
        ->delimiter(',')
        ->type_name("N:M,…")
        ->default_str("2:4,4:8,8:16,16:32");
    addListOption(*command, "--methods", arguments->methods, "Any of " + listOfMethods() + "; without it all that there are")
        ->delimiter(',')
        ->type_name("NAME,…");
    addTensorOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    CLI::Option *json = command->add_flag("--json", arguments->json, "Print one JSON object");
    command->add_flag("--csv", arguments->csv, "Print comma-separated values, one line for each mask")->excludes(json);
    command->footer(
        "Example:\n  nmscope compare model.safetensors --patterns 2:4,8:16 --methods exact,dykstra,row-nm\n"
        "kept |W| is Σ|W|∘S / Σ|W|, the squared error ‖W − W∘S‖² / ‖W‖²; the gap is certified: no mask of that kind is\n"
        "better by more. \"both ways\" tells whether the method's masks are transposable.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return compare(*arguments, stop);
        };
    });
}

} // namespace nms::cli
