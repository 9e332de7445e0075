// SPDX-License-Identifier: Apache-2.0
// nmscope compare: patterns × methods on each tensor.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/compare_model.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/jobs/memory_limit.h"
#include "core/jobs/report_html.h"
#include "core/jobs/report_json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    std::string file;
    std::vector<std::string> patterns{"2:4", "4:8", "8:16", "16:32"};
    std::vector<std::string> methods;
    jobs::TensorChoice tensors;
    std::string score;
    RunArguments run;
    std::string memoryLimit;
    std::string target; // share of the score; empty: compare methods
    bool json = false;
    bool csv = false;
    bool html = false;
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

Result<std::vector<Method>> methodsOf(const Arguments &arguments)
{
    std::vector<Method> methods;
    for (const std::string &name : arguments.methods) {
        const Result<Method> method = parseMethod(name);
        if (!method)
            return fail(method.error());
        methods.push_back(*method);
    }
    return methods;
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

std::string toCsv(const std::vector<jobs::ComparedMask> &rows)
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
    for (const jobs::ComparedMask &row : rows) {
        const nlohmann::ordered_json entry = jobs::toJson(row);
        std::string line;
        for (const char *column : columns) {
            const nlohmann::ordered_json &value = entry[column];
            line += (line.empty() ? "" : ",") + csvField(value.is_string() ? value.get<std::string>() : value.dump());
        }
        text += line + "\n";
    }
    return text;
}

std::string toTables(const jobs::CompareReport &compared)
{
    std::string text;
    for (const TensorInfo &tensor : compared.tensors) {
        TextTable table({"keep", "method", "both ways", "kept |W|", "certified gap", "squared error", "time"});
        for (const jobs::ComparedMask &row : compared.masks) {
            const jobs::MaskReport &report = row.report;
            if (report.path == tensor.path)
                table.addRow({report.pattern.text(), report.method, row.transposable ? "yes" : "no",
                              formatPercent(*report.keptMagnitude, 3), formatPercent(*report.relativeGap, 4),
                              formatPercent(*report.relativeSquaredError, 3), formatSeconds(report.seconds)});
        }
        text += printable(tensor.path) + "  " + formatShape(tensor.shape) + "\n" + table.text() + "\n";
    }
    return text + textOf(compared.skipped);
}

/// One warning for each case, over all tensors that it fits.
void warnWhereNotConverged(const jobs::CompareReport &compared)
{
    for (const ComparisonCase &which : compared.cases) {
        jobs::Convergence convergence;
        const jobs::ComparedMask *last = nullptr;
        for (const jobs::ComparedMask &row : compared.masks) {
            if (row.options.pattern != which.pattern || row.options.method != which.method)
                continue;
            convergence.add(row.totals, row.report.path);
            last = &row;
        }
        if (last == nullptr)
            continue;
        if (const auto warning = warningOf(convergence, last->options))
            printMessage("nmscope compare",
                         "warning: " + last->report.pattern.text() + " " + last->report.method + ": " + *warning);
    }
}

/// "95%" or "0.95".
Result<double> parseShare(const std::string &text)
{
    double share = 0;
    const bool isPercent = text.ends_with('%');
    const char *end = text.data() + text.size() - (isPercent ? 1 : 0);
    const auto [rest, failure] = std::from_chars(text.data(), end, share);
    if (isPercent)
        share /= 100;
    if (failure != std::errc() || rest != end || !(share > 0 && share < 1))
        return fail(ErrorKind::Usage, "--target " + text, "is not a share between 0 and 100 %", "write 95% or 0.95");
    return share;
}

Result<ExitCode> overview(const Arguments &arguments, const std::vector<NmPattern> &patterns, const SolveOptions &options,
                          std::int64_t memoryLimit, SolverBackend &backend, const std::stop_token &stop)
{
    const Result<double> target = parseShare(arguments.target);
    if (!target)
        return fail(target.error());
    const auto model = [&] {
        JobView view("nmscope compare", "weights");
        return jobs::modelOverview(
            {arguments.file, arguments.tensors, patterns, provingMethod(), *target, options, memoryLimit, arguments.score},
            backend, *cpuBackend(), view.progress(stop), view.events());
    }();
    if (!model)
        return fail(model.error());
    const Status printed = arguments.json ? printJson(jobs::toJson(*model))
                                          : printText(arguments.html ? jobs::toHtml(*model) : toTable(*model));
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

Result<jobs::CompareReport> compareWithView(const jobs::CompareSettings &settings, SolverBackend &backend,
                                            const std::stop_token &stop)
{
    JobView view("nmscope compare");
    return jobs::compareFile(settings, backend, *cpuBackend(), view.progress(stop), view.events());
}

Result<ExitCode> compare(const Arguments &arguments, const std::stop_token &stop)
{
    const auto patterns = patternsOf(arguments);
    if (!patterns)
        return fail(patterns.error());
    const auto limit =
        arguments.memoryLimit.empty() ? Result<std::int64_t>(jobs::halfOfMemory()) : parseByteSize(arguments.memoryLimit);
    if (!limit)
        return fail(limit.error());
    const auto options = makeSolveOptions(arguments.run, patterns->front(), provingMethod());
    if (!options)
        return fail(options.error());
    const auto backend = chooseBackend(arguments.run.backend);
    if (!backend)
        return fail(backend.error());
    if (!arguments.target.empty())
        return overview(arguments, *patterns, *options, *limit, **backend, stop);
    const auto methods = methodsOf(arguments);
    if (!methods)
        return fail(methods.error());
    const auto report = compareWithView(
        {arguments.file, arguments.tensors, *patterns, *methods, *options, *limit, arguments.score}, **backend, stop);
    if (!report)
        return fail(report.error());

    warnWhereNotConverged(*report);
    const Status printed = arguments.json ? printJson(jobs::toJson(*report))
                                          : printText(arguments.csv        ? toCsv(report->masks)
                                                          : arguments.html ? jobs::toHtml(*report)
                                                                           : toTables(*report));
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
    CLI::Option *methods = addListOption(*command, "--methods", arguments->methods,
                                         "Any of " + listOfMethods() + "; without it all that there are")
                               ->delimiter(',')
                               ->type_name("METHOD,…");
    CLI::Option *target =
        command
            ->add_option(
                "--target", arguments->target,
                "Instead of methods: find the smallest N of each M with which the best transposable mask keeps this "
                "share of the score, for each tensor and for the whole model; and what transposability costs")
            ->excludes(methods)
            ->type_name("SHARE");
    addTensorOptions(*command, arguments->tensors);
    addSkipInvalidOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    addScoreOption(*command, arguments->score);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    CLI::Option *json = command->add_flag("--json", arguments->json, "Print one JSON object");
    CLI::Option *csv = command->add_flag("--csv", arguments->csv, "Print comma-separated values, one line for each mask")
                           ->excludes(json)
                           ->excludes(target);
    command->add_flag("--html", arguments->html, "Print a report as one self-contained HTML page")
        ->excludes(json)
        ->excludes(csv);
    command->footer(
        "Example:\n  nmscope compare model.safetensors --patterns 2:4,8:16 --methods exact,dykstra,row-nm\n"
        "  nmscope compare model.safetensors --target 95% --html > model.html\n"
        "kept |W| is Σ|W|∘S / Σ|W|, the squared error ‖W − W∘S‖² / ‖W‖²; the gap is certified: no mask of that kind is\n"
        "better by more. \"both ways\" tells whether the method's masks are transposable. Each pattern is taken for the\n"
        "tensors with at least M rows and M columns; which of them it does not fit is listed.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return compare(*arguments, stop);
        };
    });
}

} // namespace nms::cli
