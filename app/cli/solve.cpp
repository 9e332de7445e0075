// SPDX-License-Identifier: Apache-2.0
// nmscope solve: weights in, masks (or masked weights) out, in bounded memory.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/mask_report.h"
#include "app/cli/output.h"
#include "app/cli/row_panels.h"
#include "app/cli/solve_run.h"
#include "app/cli/tensor_selection.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    std::string file;
    std::string out;
    std::string pattern;
    std::string method = "exact";
    std::vector<std::string> tensors;
    RunArguments run;
    std::string memoryLimit = "2G";
    bool apply = false;
    bool packed = false;
    bool json = false;
};

/// How many weights a panel may have. Resource error where that is less than one row of tiles.
Result<std::int64_t> panelWeightsWithin(std::int64_t limit, const TensorSource &source, const TensorInfo &tensor,
                                        const SolveOptions &options, MaskFormat format, WeightsSolver &solver)
{
    const WeightType type = SolveRun::typeOf(tensor);
    // What is moved of a block of rows: weights or 0/1 before and after compression, f64 as it is read.
    const double moved = tensor.dtype == DType::F64 ? 3.0 * bytesOf(tensor.dtype)
        : format == MaskFormat::Applied             ? 2.0 * bytesOf(tensor.dtype)
                                                    : 2.0;
    const double bytesPerWeight = streamedBytesPerWeight(solver, options, type) + moved;
    // In floating point, as the shapes of a hostile file may overflow anything else.
    const double fitting = static_cast<double>(limit) / bytesPerWeight;
    const double least = static_cast<double>(tensor.cols()) * options.pattern.m;
    if (fitting < least)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "one row of tiles takes " + formatBytes(least * bytesPerWeight) + ", more than the limit of " +
                        formatBytes(static_cast<double>(limit)),
                    "raise --memory-limit");
    // More than a solver wants makes everything slower, Ctrl-C included. Unstructured ranks the whole matrix at once.
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const double enough = std::max(static_cast<double>(solver.weightsAtOnce()), least);
    return static_cast<std::int64_t>(whole ? fitting : std::min(fitting, enough));
}

Status printJsonReport(const Arguments &arguments, const SolverBackend &backend, const SolveOptions &options,
                       const std::vector<Solved> &solved, const TensorSelection &selection)
{
    Json object{{"tensors", Json::array()}, {"skipped", cli::toJson(selection.skipped)},
                {"backend", backend.id()},  {"version", NMS_VERSION},
                {"source", arguments.file}, {"output", arguments.out}};
    for (const Solved &one : solved) {
        Json entry = toJson(one.report);
        addConvergence(entry, one.totals, options);
        object["tensors"].push_back(std::move(entry));
    }
    return printJson(object);
}

Status printTextReport(const Arguments &arguments, const SolverBackend &backend, const std::vector<Solved> &solved,
                       const TensorSelection &selection)
{
    TextTable table({"tensor", "shape", "tiles", "objective", "certified gap", "kept |W|", "squared error", "time"});
    double seconds = 0;
    for (const Solved &one : solved) {
        const MaskReport &report = one.report;
        table.addRow({report.path, formatShape(report.shape), formatCount(report.tiles), formatNumber(*report.objective),
                      formatPercent(*report.relativeGap, 4), formatPercent(*report.keptMagnitude, 3),
                      formatPercent(*report.relativeSquaredError, 3), formatSeconds(report.seconds)});
        seconds += report.seconds;
    }
    const MaskReport &first = solved.front().report;
    return printText(table.text() + toText(selection.skipped) + arguments.out + ": keep " + first.pattern.text() + " by " +
                     first.method + " on " + backend.description() + ", solved in " + formatSeconds(seconds) + "\n");
}

void warnWhereNotConverged(const std::vector<Solved> &solved, const SolveOptions &options)
{
    ConvergenceCount count;
    for (const Solved &one : solved)
        count.add(one.totals, one.report.path);
    if (const auto warning = count.warning(options))
        printMessage("nmscope solve", "warning: " + *warning);
}

Result<ExitCode> solve(const Arguments &arguments, const std::stop_token &stop)
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
    const auto source = openWeights(arguments.file, stop);
    if (!source)
        return fail(source.error());
    const auto selection = selectTensors(**source, arguments.tensors, pattern->m);
    if (!selection)
        return fail(selection.error());
    const auto backend = chooseBackend(arguments.run.backend, *options, BackendUse::Batch);
    if (!backend)
        return fail(backend.error());
    const auto solver = (*backend)->startWeights(*options);
    if (!solver)
        return fail(solver.error());
    const MaskFormat format = arguments.apply ? MaskFormat::Applied
        : arguments.packed                    ? MaskFormat::Packed
                                              : MaskFormat::Bytes;
    std::vector<std::int64_t> panelWeights;
    for (const TensorInfo &tensor : selection->taken) {
        const auto weights = panelWeightsWithin(*limit, **source, tensor, *options, format, **solver);
        if (!weights)
            return fail(weights.error());
        panelWeights.push_back(*weights);
    }
    const auto writer = MaskWriter::create(arguments.out, arguments.file, format);
    if (!writer)
        return fail(writer.error());
    if (const Status fits = (*writer)->requireRoom(selection->taken); !fits)
        return fail(fits.error());
    if (const auto doubt = (*writer)->roomWarning(selection->taken, *pattern))
        printMessage("nmscope solve", "warning: " + *doubt);

    std::vector<Solved> solved;
    {
        SolveRun run(**source, **solver, **writer, *options, stop);
        for (const TensorInfo &tensor : selection->taken)
            run.expectTiles(TileGrid{tensor.rows(), tensor.cols(), pattern->m}.count());
        for (std::size_t i = 0; i < selection->taken.size(); ++i) {
            Result<Solved> one = run.solve(selection->taken[i], panelWeights[i]);
            if (!one)
                return fail(one.error());
            solved.push_back(std::move(*one));
        }
    }
    if (stop.stop_requested())
        return fail(cancelled());
    if (const Status committed = (*writer)->commit(); !committed)
        return fail(committed.error());

    warnWhereNotConverged(solved, *options);
    const Status printed = arguments.json ? printJsonReport(arguments, **backend, *options, solved, *selection)
                                          : printTextReport(arguments, **backend, solved, *selection);
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
        ->type_name("NAME");
    addTensorOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    addWarmStartOption(*command, arguments->run);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    CLI::Option *apply =
        command->add_flag("--apply", arguments->apply, "Write the masked weights, in their own dtype, not masks");
    command->add_flag("--packed", arguments->packed, "Write one bit a weight, not one byte")->excludes(apply);
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope solve model.safetensors -o masks.h5 --pattern 8:16 --method dykstra\n"
        "Without --tensor all matrices and conv kernels with at least M rows and M columns are taken. Masks lie at\n"
        "TENSOR/mask. OUT is replaced as a whole when all is done, or not at all. --threads counts those that solve; one\n"
        "more reads and writes meanwhile, and output is compressed on all cores.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return solve(*arguments, stop);
        };
    });
}

} // namespace nms::cli
