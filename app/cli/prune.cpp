// SPDX-License-Identifier: Apache-2.0
// nmscope prune: reads weights and activations, writes the pruned model.
#include "app/backends/backends.h"
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/job_view.h"
#include "app/cli/output.h"
#include "core/io/weights_format.h"
#include "core/jobs/report_json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    std::string file;
    std::string out;
    std::string masks;
    std::string calibration;
    std::vector<std::string> maps;
    std::string framework;
    std::string pattern;
    std::string kind = std::string(nameOf(Kind::Transposable));
    std::string method = std::string(nameOf(provingMethod()));
    double damping = -1; // not given
    double budget = -1; // not given
    std::string sensitivity;
    std::vector<std::string> patterns;
    bool blocks = false;
    bool resume = false;
    jobs::TensorChoice tensors;
    RunArguments run;
    bool copyRest = false;
    bool json = false;
};

template <class T, class Name> std::string listOf(std::span<const T> all, const Name &name)
{
    std::string text;
    for (const T &one : all)
        text += (text.empty() ? "" : ", ") + std::string(name(one));
    return text;
}

std::string listOfFrameworks()
{
    return listOf(frameworks(), [](const FrameworkTraits &traits) { return traits.name; });
}

std::string listOfKinds()
{
    return listOf(kinds(), [](Kind kind) { return nameOf(kind); });
}

Unexpected<Error> unknown(const std::string &option, const std::string &text, const std::string &names)
{
    return fail(ErrorKind::Usage, option, "\"" + text + "\" is unknown", "choose " + names);
}

Result<PruneOptions> optionsOf(const Arguments &arguments)
{
    PruneOptions options;
    const auto framework = frameworkByName(arguments.framework);
    if (!framework)
        return unknown("--framework", arguments.framework, listOfFrameworks());
    const auto kind = kindByName(arguments.kind);
    if (!kind)
        return unknown("--kind", arguments.kind, listOfKinds());
    const auto pattern = parsePattern(arguments.pattern);
    if (!pattern)
        return fail(pattern.error());
    const auto method = parseMethod(arguments.method);
    if (!method)
        return fail(method.error());
    const auto tiles = makeSolveOptions(arguments.run, *pattern, *method);
    if (!tiles)
        return fail(tiles.error());
    options.framework = *framework;
    options.kind = *kind;
    options.tiles = *tiles;
    options.blocks = arguments.blocks;
    options.acceptSingular = arguments.damping >= 0;
    if (arguments.damping >= 0)
        options.damping = arguments.damping;
    return options;
}

Result<jobs::PruneFileSettings> settingsOf(const Arguments &arguments)
{
    const auto options = optionsOf(arguments);
    if (!options)
        return fail(options.error());
    jobs::PruneFileSettings settings{.file = arguments.file,
                                     .out = arguments.out,
                                     .masks = arguments.masks,
                                     .calibration = arguments.calibration,
                                     .tensors = arguments.tensors,
                                     .options = *options,
                                     .copyRest = arguments.copyRest};
    if (arguments.budget >= 0)
        settings.budget = arguments.budget;
    settings.sensitivity = arguments.sensitivity;
    settings.resume = arguments.resume;
    for (const std::string &text : arguments.patterns) {
        const auto pattern = parsePattern(text);
        if (!pattern)
            return fail(pattern.error());
        settings.patterns.push_back(*pattern);
    }
    for (const std::string &text : arguments.maps) {
        const auto rule = CalibrationRule::parse(text);
        if (!rule)
            return fail(rule.error());
        settings.rules.push_back(*rule);
    }
    return settings;
}

std::string percentOrDash(const std::optional<double> &fraction, int decimals)
{
    return fraction ? formatPercent(*fraction, decimals) : "–";
}

/// "8:16"; with blocks "4–12:16".
std::string keepOf(const jobs::PrunedTensor &tensor)
{
    const auto &keeps = tensor.blocksByKeep;
    if (keeps.empty() || keeps.begin()->first == keeps.rbegin()->first)
        return tensor.report.pattern.text();
    return std::to_string(keeps.begin()->first) + "–" + std::to_string(keeps.rbegin()->first) + ":" +
        std::to_string(tensor.report.pattern.m);
}

std::string textOf(const jobs::PruneFileReport &pruned, const SolverBackend &backend, std::optional<double> budget)
{
    TextTable table(
        {"tensor", "shape", "keep", "error", "kept |W|", "kept score", "certified gap", "steps", "µs a tile", "time"});
    double seconds = 0;
    for (const jobs::PrunedTensor &one : pruned.tensors) {
        const jobs::MaskReport &report = one.report;
        table.addRow({report.path, formatShape(report.shape), keepOf(one), percentOrDash(one.error, 3),
                      formatPercent(*report.keptMagnitude, 2), formatPercent(*report.keptScore, 2),
                      formatPercent(*report.relativeGap, 4), formatCount(one.iterations),
                      formatNumber(one.microsecondsPerTile(), 3), formatSeconds(report.seconds)});
        seconds += report.seconds;
    }
    if (const auto mean = pruned.meanError())
        table.addRow({"mean (dense: 0 %)", "", "", formatPercent(*mean, 3), "", "", "", "", "", formatSeconds(seconds)});
    const PruneOptions &options = pruned.options;
    const std::string whole = budget ? formatPercent(*budget) + " of the weights"
                                     : options.tiles.pattern.text() + (options.blocks ? " on average" : "");
    return table.text() + cli::textOf(pruned.skipped) + pruned.out + ": " + std::string(traitsOf(options.framework).title) +
        ", keep " + whole + " " + std::string(nameOf(options.kind)) + " by " + std::string(nameOf(options.choice().method)) +
        " on " + backend.description() + "; error is ‖XW − XŴ‖²/‖XW‖²\n";
}

void warnOfInputs(const jobs::PruneFileReport &pruned)
{
    for (const jobs::PrunedTensor &tensor : pruned.tensors)
        if (tensor.deadInputs > 0)
            printMessage("nmscope prune",
                         "warning: " + printable(tensor.report.path) + ": " + formatCount(tensor.deadInputs) +
                             " inputs are 0 in every sample; their weights cost nothing here");
}

Result<jobs::PruneFileReport> pruneWithView(const jobs::PruneFileSettings &settings, PruneParts parts,
                                            const std::stop_token &stop)
{
    JobView view("nmscope prune");
    return jobs::pruneFile(settings, parts, view.progress(stop), view.events());
}

Result<ExitCode> prune(const Arguments &arguments, const std::stop_token &stop)
{
    const auto settings = settingsOf(arguments);
    if (!settings)
        return fail(settings.error());
    const auto backend = chooseBackend(arguments.run.backend, settings->options.choice(), BackendUse::Batch);
    if (!backend)
        return fail(backend.error());
    auto algebra = algebraFor(**backend);
    if (!algebra && arguments.run.backend == "auto") {
        printMessage("nmscope prune", "warning: " + algebra.error().line() + "; the CPU does the linear algebra");
        algebra = algebraFor(*cpuBackend());
    }
    if (!algebra)
        return fail(algebra.error());
    const auto report = pruneWithView(*settings, {**backend, **algebra}, stop);
    if (!report)
        return fail(report.error());
    warnOfInputs(*report);
    if (report->resumed > 0)
        printMessage("nmscope prune", formatCount(report->resumed) + " tensors were reused from the previous run");
    const Status printed =
        arguments.json ? printJson(jobs::toJson(*report)) : printText(textOf(*report, **backend, settings->budget));
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addPrune(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("prune", "Prune a model layer by layer, with what goes into each layer");
    command->add_option("FILE", arguments->file, "Weights, " + readableEndings())->required()->type_name("");
    command->add_option("-o,--output", arguments->out, "The pruned model: the whole file again")
        ->required()
        ->type_name("OUT");
    command
        ->add_option("--calibration", arguments->calibration,
                     "Activations: X (samples × inputs) at each tensor's own path, or H = XᵀX at PATH/hessian")
        ->type_name("FILE");
    addListOption(*command, "--map", arguments->maps,
                  "Where the activations of tensors are, if not at their path: a name in which stars stand for any text, "
                  "and a path with the same")
        ->type_name("TENSOR=PATH");
    command->add_option("--framework", arguments->framework, "One of " + listOfFrameworks())->required()->type_name("FRAMEWORK");
    command->add_option("--pattern", arguments->pattern, "Keep N of every M, 1 ≤ N ≤ M ≤ 64")->required()->type_name("N:M");
    command->add_option("--kind", arguments->kind, "One of " + listOfKinds())->capture_default_str()->type_name("KIND");
    command
        ->add_option("--method", arguments->method, "How tiles of a transposable mask are solved: one of " + listOfMethods())
        ->capture_default_str()
        ->type_name("METHOD");
    command
        ->add_option("--damping", arguments->damping,
                     "Of the mean of diag(H), added to it (0.01); given, it also makes up for a singular H")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("F");
    command
        ->add_option("--budget", arguments->budget,
                     "Keep this part of all weights, each tensor by a pattern of its own; with --sensitivity")
        ->type_name("F");
    command
        ->add_option("--sensitivity", arguments->sensitivity,
                     "JSON {\"tensor\": weight}: what each tensor's error costs the model")
        ->type_name("FILE");
    command
        ->add_option("--patterns", arguments->patterns,
                     "Of a budget: the patterns to choose from, with commas (default: N in eighths of M)")
        ->delimiter(',')
        ->type_name("N:M,…");
    command->add_flag("--blocks", arguments->blocks,
                      "N varies by block of M outputs inside a tensor, at the same number of kept weights");
    command->add_flag("--resume", arguments->resume,
                      "Keep finished tensors in OUT.parts until OUT is written, and go on from there");
    command->add_option("--masks", arguments->masks, "The masks, too, " + writableEndings())->type_name("OUT2");
    addTensorOptions(*command, arguments->tensors);
    addSkipInvalidOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    command->add_flag("--copy-rest", arguments->copyRest,
                      "Into a folder of shards: also configuration, tokenizer and the other files in the folder");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope prune model.safetensors --calibration x.h5 --framework alps --pattern 8:16 -o "
        "pruned.safetensors\n"
        "magnitude and wanda drop weights and leave the others as they are; sparsegpt and alps also change what stays.\n"
        "The error of a layer is ‖XW − XŴ‖²/‖XW‖², of the weights as they are written. OUT is replaced as a whole when all "
        "is\n"
        "done, or not at all.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return prune(*arguments, stop);
        };
    });
}

} // namespace nms::cli
