// SPDX-License-Identifier: Apache-2.0
// nmscope inspect: what is in a file, and which N:M patterns it already has.
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/io/mask_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/jobs/report_json.h"
#include "core/sparsity/pattern_detection.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    jobs::InspectSettings settings;
    bool json = false;
};

std::string listOf(const std::vector<NmPattern> &patterns)
{
    std::string text;
    for (const NmPattern &pattern : patterns)
        text += (text.empty() ? "" : " ") + pattern.text();
    return text.empty() ? "–" : text;
}

/// "yes", or what is missing.
std::string answerOf(const jobs::HardwareVerdict &verdict)
{
    std::string text;
    for (const std::string &missing : verdict.missing)
        text += (text.empty() ? "no: " : "; ") + missing;
    return text.empty() ? "yes" : text;
}

std::string hardwareTextOf(const jobs::InspectReport &report)
{
    TextTable table({"tensor", "pattern", "along", "pass", "engine", "runs as it is"});
    std::string notes;
    std::int64_t without = 0;
    for (const jobs::TensorFacts &facts : report.tensors) {
        if (!facts.hardware)
            continue;
        for (const jobs::HardwareVerdict &verdict : facts.hardware->verdicts)
            table.addRow({facts.tensor.path, verdict.pattern.text(), verdict.alongRows ? "rows" : "columns",
                          verdict.forward ? "forward" : "backward", std::string(verdict.engine->name), answerOf(verdict)});
        if (facts.hardware->verdicts.empty() && facts.hardware->unknown.empty())
            ++without;
        else
            notes += printable(facts.tensor.path + ": " + facts.hardware->summary()) + "\n";
    }
    if (without > 0)
        notes +=
            formatCount(without) + (without == 1 ? " matrix keeps" : " matrices keep") + " no pattern that anything takes\n";
    return table.text() + notes + "What runs: as looked up on " + std::string(jobs::hardwareEngines().front().lookedUp) +
        " (sources: --json). Nothing that ships takes 8:16, 16:32 or a transposable pattern as such:\n"
        "a pattern runs forward where it holds along the inputs, backward where it holds along the outputs, too.\n";
}

/// "stem: conv2d kernel, 49 matrices 3 × 16 (in × out)": begins with the layer's name if the file has it; the tensor's role
/// replaces the kind if it is not a weight.
std::string whatIs(const jobs::TensorFacts &facts)
{
    std::string text = facts.tensor.axesText();
    if (facts.role != TensorRole::Weight) {
        const std::size_t size = text.find(", ");
        text = std::string(nameOf(facts.role)) + (size == std::string::npos ? "" : text.substr(size));
    }
    return facts.tensor.layer.empty() ? text : facts.tensor.layer + (text.empty() ? "" : ": ") + text;
}

/// "3 rows and 1 column hold nothing but zeros"
std::string deadTextOf(const jobs::TensorFacts &facts)
{
    const auto count = [](std::int64_t lines, const std::string &name) {
        return formatCount(lines) + " " + name + (lines == 1 ? "" : "s");
    };
    std::string text = facts.deadRows > 0 ? count(facts.deadRows, "row") : "";
    if (facts.deadColumns > 0)
        text += (text.empty() ? "" : " and ") + count(facts.deadColumns, "column");
    return text + (facts.deadRows + facts.deadColumns == 1 ? " holds" : " hold") + " nothing but zeros";
}

std::string textOf(const jobs::InspectReport &report)
{
    TextTable table({"tensor", "shape", "dtype", "zeros", "along rows", "along columns", "both", "what it is"});
    std::string notes;
    for (const jobs::TensorFacts &facts : report.tensors) {
        const TensorInfo &tensor = facts.tensor;
        const std::string dtype(tensor.dtype == DType::Other ? std::string_view(tensor.storedType) : nameOf(tensor.dtype));
        std::vector<std::string> cells{tensor.path, formatShape(tensor.shape), dtype, "–", "–", "–", "–", whatIs(facts)};
        if (const auto &patterns = facts.patterns) {
            cells[3] = formatPercent(patterns->sparsity, 4);
            cells[4] = listOf(patterns->alongRows);
            cells[5] = listOf(patterns->alongColumns);
            cells[6] = listOf(patterns->transposable);
        }
        table.addRow(cells);
        if (facts.nonFinite > 0)
            notes += printable(tensor.path) + ": " + formatCount(facts.nonFinite) + " values are NaN or Inf\n";
        if (facts.deadRows > 0 || facts.deadColumns > 0)
            notes += printable(tensor.path) + ": " + deadTextOf(facts) + "\n";
        if (facts.mask && facts.mask->pattern)
            notes +=
                printable(tensor.path + ": keeps " + facts.mask->pattern->text() + " by " + originOf(*facts.mask)) + "\n";
        if (!tensor.unreadable.empty())
            notes += printable(tensor.path + ": " + tensor.unreadable) + "\n";
        if (!tensor.note.empty())
            notes += printable(tensor.path + ": " + tensor.note) + "\n";
    }
    const std::string head = report.file + ": " + report.format + ", " + formatCount(std::int64_t(report.tensors.size())) +
        (report.tensors.size() == 1 ? " tensor\n\n" : " tensors\n\n");
    return head + table.text() + notes + cli::textOf(report.skipped) +
        (report.hardware ? "\n" + hardwareTextOf(report) : "");
}

Result<jobs::InspectReport> inspectWithView(const Arguments &arguments, const std::stop_token &stop)
{
    JobView view("nmscope inspect");
    return jobs::inspectFile(arguments.settings, view.progress(stop), view.events());
}

Result<ExitCode> inspect(const Arguments &arguments, const std::stop_token &stop)
{
    const auto report = inspectWithView(arguments, stop);
    if (!report)
        return fail(report.error());
    const Status printed = arguments.json ? printJson(jobs::toJson(*report)) : printText(textOf(*report));
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addInspect(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("inspect", "What is in a file, and which N:M patterns hold already");
    command->add_option("FILE", arguments->settings.file, "Weights, " + readableEndings())->required()->type_name("");
    addAxesOption(*command, arguments->settings.axes);
    command->add_flag("--hardware", arguments->settings.hardware,
                      "What can run each tensor's patterns, and what is missing");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope inspect model.safetensors\n"
        "A pattern N:M is shown where at most N of every M consecutive weights are not zero along rows, along columns,\n"
        "or along both (transposable); of each M only the smallest N.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return inspect(*arguments, stop);
        };
    });
}

} // namespace nms::cli
