// SPDX-License-Identifier: Apache-2.0
// nmscope verify: checks every tile of every mask, and recomputes objective and gap from the weights.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
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
    jobs::VerifySettings settings;
    std::string pattern;
    bool json = false;
};

const char *alongOf(const jobs::MaskVerdict &verdict)
{
    if (verdict.rowsHold)
        return verdict.columnsHold ? "rows and columns" : "rows";
    return verdict.columnsHold ? "columns" : "neither";
}

std::string textOf(const std::vector<jobs::MaskVerdict> &verdicts)
{
    TextTable table(
        {"tensor", "keep", "method", "checked", "holds along", "tiles", "violated", "objective", "gap to optimum"});
    std::string faults;
    for (const jobs::MaskVerdict &verdict : verdicts) {
        const jobs::MaskReport &report = verdict.report;
        table.addRow({report.path, report.pattern.text(), originOf(verdict.entry), jobs::textOf(verdict.promise),
                      alongOf(verdict), formatCount(report.tiles), formatCount(verdict.violatingTiles),
                      report.objective ? formatNumber(*report.objective) : "–",
                      report.relativeGap ? formatPercent(*report.relativeGap, 4) : "–"});
        for (const std::string &violation : verdict.violations)
            faults += printable(report.path) + ": " + violation + "\n";
        if (verdict.violations.size() > 1)
            faults += printable(report.path) + ": " + formatCount(verdict.violatingTiles) + " of " +
                formatCount(report.tiles) + " tiles are violated in all\n";
        for (const std::string &claim : verdict.falseClaims)
            faults += printable(report.path) + ": " + claim + "\n";
    }
    return table.text() + faults;
}

Result<jobs::VerifyReport> verifyWithView(const jobs::VerifySettings &settings, const std::stop_token &stop)
{
    JobView view("nmscope verify", "tiles");
    return jobs::verifyFile(settings, *cpuBackend(), view.progress(stop), view.events());
}

Result<ExitCode> verify(const Arguments &arguments, const std::stop_token &stop)
{
    jobs::VerifySettings settings = arguments.settings;
    if (!arguments.pattern.empty()) {
        const auto pattern = parsePattern(arguments.pattern);
        if (!pattern)
            return fail(pattern.error());
        settings.pattern = *pattern;
    }
    const auto report = verifyWithView(settings, stop);
    if (!report)
        return fail(report.error());
    const std::vector<jobs::MaskVerdict> &verdicts = report->verdicts;
    const Status printed =
        arguments.json ? printJson(jobs::toJson(*report)) : printText(textOf(verdicts) + cli::textOf(report->skipped));
    if (!printed)
        return fail(printed.error());
    if (report->holds())
        return ExitCode::Done;
    const auto bad =
        std::count_if(verdicts.begin(), verdicts.end(), [](const jobs::MaskVerdict &verdict) { return !verdict.holds(); });
    printMessage("nmscope verify",
                 report->masks + ": " + std::to_string(bad) + " of " + std::to_string(verdicts.size()) +
                     " masks do not hold; see the list");
    return ExitCode::Failed;
}

} // namespace

void addVerify(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("verify", "Check every tile of a mask file");
    command
        ->add_option("MASKS", arguments->settings.masks,
                     "Masks that solve wrote, 0/1 tensors called …mask, or pruned weights")
        ->required()
        ->type_name("");
    command
        ->add_option("--weights", arguments->settings.weights,
                     "The weights: recomputes objective and gap, from the proven optimum")
        ->type_name("FILE");
    addAxesOption(*command, arguments->settings.axes);
    addScoreOption(*command, arguments->settings.score);
    command
        ->add_option("--pattern", arguments->pattern, "Hold the masks against this pattern, not the one that the file names")
        ->type_name("N:M");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope verify masks.h5 --weights model.safetensors\n"
        "Every row and column of every tile is counted. Masks of row-nm, col-nm and unstructured are held to what these\n"
        "promise. Exit status 1 and the tiles by name where something is violated.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return verify(*arguments, stop);
        };
    });
}

} // namespace nms::cli
