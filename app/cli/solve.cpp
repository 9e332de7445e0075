// SPDX-License-Identifier: Apache-2.0
// nmscope solve: reads weights, writes masks (or masked weights), in bounded memory.
#include "app/backends/backends.h"
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
#include "app/mpi/launched_ranks.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/jobs/report_json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    std::string file;
    std::string out;
    std::string pattern;
    std::string method = "exact";
    jobs::TensorChoice tensors;
    std::string score;
    RunArguments run;
    std::string memoryLimit = "2G";
    bool apply = false;
    bool copyRest = false;
    bool packed = false;
    bool resume = false;
    bool json = false;
};

std::string textOf(const jobs::SolveFileReport &solved, const SolverBackend &backend)
{
    TextTable table({"tensor", "shape", "tiles", "objective", "certified gap", "kept |W|", "squared error", "time"});
    double seconds = 0;
    for (const jobs::SolvedTensor &one : solved.tensors) {
        const jobs::MaskReport &report = one.report;
        table.addRow({report.path, formatShape(report.shape), formatCount(report.tiles), formatNumber(*report.objective),
                      formatPercent(*report.relativeGap, 4), formatPercent(*report.keptMagnitude, 3),
                      formatPercent(*report.relativeSquaredError, 3), formatSeconds(report.seconds)});
        seconds += report.seconds;
    }
    return table.text() + cli::textOf(solved.skipped) + solved.out + ": keep " + solved.options.pattern.text() + " by " +
        std::string(nameOf(solved.options.method)) + " on " + backend.description() + ", solved in " +
        formatSeconds(seconds) + "\n";
}

void warnWhereNotConverged(const jobs::SolveFileReport &solved)
{
    jobs::Convergence convergence;
    for (const jobs::SolvedTensor &one : solved.tensors)
        convergence.add(one.totals, one.report.path);
    if (const auto warning = warningOf(convergence, solved.options))
        printMessage("nmscope solve", "warning: " + *warning);
    std::int64_t shortLines = 0;
    for (const jobs::SolvedTensor &one : solved.tensors)
        shortLines += one.report.shortLines.value_or(0);
    if (shortLines > 0)
        printMessage("nmscope solve",
                     "warning: " + formatCount(shortLines) + " rows and columns of tiles keep fewer than " +
                         std::to_string(solved.options.pattern.n) + ": the paper's rounding leaves them short");
}

Result<jobs::SolveFileSettings> settingsOf(const Arguments &arguments)
{
    const auto pattern = parsePattern(arguments.pattern);
    const auto method = parseMethod(arguments.method);
    const auto limit = parseByteSize(arguments.memoryLimit);
    for (const Error *error :
         {pattern ? nullptr : &pattern.error(), method ? nullptr : &method.error(), limit ? nullptr : &limit.error()})
        if (error != nullptr)
            return fail(*error);
    const auto options = makeSolveOptions(arguments.run, *pattern, *method);
    if (!options)
        return fail(options.error());
    const MaskFormat format = arguments.apply ? MaskFormat::Applied
        : arguments.packed                    ? MaskFormat::Packed
                                              : MaskFormat::Bytes;
    return jobs::SolveFileSettings{.file = arguments.file,
                                   .out = arguments.out,
                                   .tensors = arguments.tensors,
                                   .options = *options,
                                   .format = format,
                                   .copyRest = arguments.copyRest,
                                   .memoryLimit = *limit,
                                   .score = arguments.score,
                                   .resume = arguments.resume};
}

/// Only the first of several processes shows what is going on.
Result<jobs::SolveFileReport> solveWithView(const jobs::SolveFileSettings &settings, SolverBackend &backend,
                                            const std::stop_token &stop, jobs::RankGroup *ranks)
{
    if (ranks != nullptr && !ranks->isFirst())
        return jobs::solveFile(settings, backend, {stop, {}}, {}, ranks);
    JobView view("nmscope solve", "tiles");
    return jobs::solveFile(settings, backend, view.progress(stop), view.events(), ranks);
}

/// Processes on one machine take one device each, if there are several.
Result<std::shared_ptr<SolverBackend>> backendOf(const Arguments &arguments, const SolveOptions &options,
                                                 const jobs::RankGroup *ranks)
{
    if (ranks != nullptr && (arguments.run.backend == "auto" || arguments.run.backend == "cuda")) {
        const auto devices = std::ranges::count_if(availableBackends(),
                                                   [](const BackendEntry &entry) { return entry.id.starts_with("cuda:"); });
        if (devices > 1)
            return chooseBackend("cuda:" + std::to_string(ranks->rankOnMachine() % devices), options, BackendUse::Batch);
    }
    return chooseBackend(arguments.run.backend, options, BackendUse::Batch);
}

Result<ExitCode> solve(const Arguments &arguments, const std::stop_token &stop)
{
    const auto settings = settingsOf(arguments);
    if (!settings)
        return fail(settings.error());
    const auto ranks = joinLaunchedRanks();
    if (!ranks)
        return fail(ranks.error());
    const auto backend = backendOf(arguments, settings->options, ranks->get());
    if (!backend)
        return fail(backend.error());
    const auto report = solveWithView(*settings, **backend, stop, ranks->get());
    if (!report)
        return fail(report.error());
    if (*ranks != nullptr) {
        (*ranks)->leave();
        if (!(*ranks)->isFirst())
            return ExitCode::Done;
    }
    warnWhereNotConverged(*report);
    if (report->resumed > 0)
        printMessage("nmscope solve", formatCount(report->resumed) + " tensors were reused from the previous run");
    const Status printed = arguments.json ? printJson(jobs::toJson(*report)) : printText(textOf(*report, **backend));
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addSolve(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("solve", "Find masks and write them");
    command->add_option("FILE", arguments->file, "Weights, " + readableEndings())->required()->type_name("");
    command->add_option("-o,--output", arguments->out, "The masks, " + writableEndings())->required()->type_name("OUT");
    command->add_option("--pattern", arguments->pattern, "Keep N of every M, 1 ≤ N ≤ M ≤ 64")->required()->type_name("N:M");
    command->add_option("--method", arguments->method, "One of " + listOfMethods())
        ->capture_default_str()
        ->type_name("METHOD");
    addTensorOptions(*command, arguments->tensors);
    addSkipInvalidOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    addWarmStartOption(*command, arguments->run);
    addRoundingOption(*command, arguments->run);
    addScoreOption(*command, arguments->score);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    CLI::Option *apply =
        command->add_flag("--apply", arguments->apply, "Write the whole file again with masked weights, not masks");
    command
        ->add_flag("--copy-rest", arguments->copyRest,
                   "With --apply to a folder of shards: also configuration, tokenizer and the other files in the folder")
        ->needs(apply);
    command->add_flag("--packed", arguments->packed, "Write one bit a weight, not one byte")->excludes(apply);
    command->add_flag("--resume", arguments->resume,
                      "Keep finished masks in OUT.parts until OUT is written, and go on from there");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope solve model.safetensors -o masks.h5 --pattern 8:16 --method dykstra\n"
        "Without --tensor all matrices and conv kernels with at least M rows and M columns are selected, except "
        "embeddings,\n"
        "output heads, norms, biases, optimizer state and quantisation scales, which are recognised by their names; what is "
        "left\n"
        "out is listed with the reason. What --tensor names is taken whatever it is. Masks lie at TENSOR/mask. OUT is\n"
        "replaced as a whole when all is done, or not at all. --threads counts those that solve; one more reads and writes\n"
        "meanwhile, and output is compressed on all cores.\n"
        "Several processes share the work where `mpirun -n K nmscope solve …` starts them: each takes a part of the "
        "tensors,\n"
        "and the first one writes OUT. They keep what is done in OUT.parts, as with --resume, in a folder that all can "
        "see.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return solve(*arguments, stop);
        };
    });
}

} // namespace nms::cli
