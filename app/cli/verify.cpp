// SPDX-License-Identifier: Apache-2.0
// nmscope verify: every tile of every mask checked again, objective and gap recomputed from the weights.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/mask_verifier.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/io/weights_file.h"

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
    std::string masks;
    std::string weights;
    std::string pattern;
    bool json = false;
};

Result<NmPattern> patternOf(const Arguments &arguments, const MaskFile &file, const MaskEntry &entry)
{
    if (!arguments.pattern.empty())
        return parsePattern(arguments.pattern);
    if (entry.pattern)
        return *entry.pattern;
    return fail(ErrorKind::Input, file.fileName() + ": " + entry.datasetPath, "the file does not say which pattern it keeps",
                "say it with --pattern N:M");
}

Json toJson(const MaskVerdict &verdict)
{
    Json entry = toJson(verdict.report);
    entry["holds"] = verdict.holds();
    entry["checked"] = verdict.promise.text();
    entry["violating_tiles"] = verdict.violatingTiles;
    entry["violations"] = verdict.violations;
    entry["false_claims"] = verdict.falseClaims;
    addOrigin(entry, verdict.entry);
    return entry;
}

std::string textOf(const std::vector<MaskVerdict> &verdicts)
{
    TextTable table({"tensor", "keep", "method", "checked", "tiles", "violated", "objective", "gap to optimum"});
    std::string faults;
    for (const MaskVerdict &verdict : verdicts) {
        const MaskReport &report = verdict.report;
        table.addRow({report.path, report.pattern.text(), originOf(verdict.entry), verdict.promise.text(),
                      formatCount(report.tiles), formatCount(verdict.violatingTiles),
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

Result<ExitCode> verify(const Arguments &arguments, const std::stop_token &stop)
{
    if (!arguments.pattern.empty())
        if (const auto pattern = parsePattern(arguments.pattern); !pattern)
            return fail(pattern.error());
    const auto masks = MaskFile::open(arguments.masks, stop);
    if (!masks)
        return fail(masks.error());
    std::unique_ptr<TensorSource> weights;
    if (!arguments.weights.empty()) {
        Result<std::unique_ptr<TensorSource>> opened = openWeights(arguments.weights, stop);
        if (!opened)
            return fail(opened.error());
        weights = std::move(*opened);
    }

    const std::shared_ptr<SolverBackend> backend = cpuBackend();
    std::vector<MaskVerdict> verdicts;
    {
        ProgressBar bar("tiles");
        const auto &entries = (*masks)->masks();
        std::int64_t tilesBefore = 0;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto pattern = patternOf(arguments, **masks, entries[i]);
            if (!pattern)
                return fail(pattern.error());
            bar.setLabel(entries[i].tensorPath);
            const auto all = static_cast<double>(TileGrid{entries[i].rows, entries[i].cols, pattern->m}.count());
            const auto report = [&](std::int64_t done) {
                bar.setShare((static_cast<double>(i) + static_cast<double>(done) / all) /
                                 static_cast<double>(entries.size()),
                             tilesBefore + done);
            };
            Result<MaskVerdict> verdict = verifyMask({**masks, weights.get(), *backend, stop, report}, entries[i], *pattern);
            if (!verdict)
                return fail(verdict.error());
            tilesBefore += verdict->report.tiles;
            verdicts.push_back(std::move(*verdict));
        }
    }

    const bool holds =
        std::all_of(verdicts.begin(), verdicts.end(), [](const MaskVerdict &verdict) { return verdict.holds(); });
    Status printed;
    if (arguments.json) {
        Json object{{"tensors", Json::array()}, {"holds", holds},         {"skipped", Json::array()},
                    {"backend", backend->id()}, {"version", NMS_VERSION}, {"masks", arguments.masks}};
        for (const MaskVerdict &verdict : verdicts)
            object["tensors"].push_back(toJson(verdict));
        printed = printJson(object);
    } else {
        printed = printText(textOf(verdicts));
    }
    if (!printed)
        return fail(printed.error());
    if (!holds) {
        const auto bad =
            std::count_if(verdicts.begin(), verdicts.end(), [](const MaskVerdict &verdict) { return !verdict.holds(); });
        printMessage("nmscope verify",
                     arguments.masks + ": " + std::to_string(bad) + " of " + std::to_string(verdicts.size()) +
                         " masks do not hold; see the list");
    }
    return holds ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

void addVerify(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("verify", "Check every tile of a mask file");
    command->add_option("MASKS", arguments->masks, "What solve wrote: masks, packed or not, or masked weights")
        ->required()
        ->type_name("");
    command
        ->add_option("--weights", arguments->weights, "The weights: recomputes objective and gap, from the proven optimum")
        ->type_name("FILE");
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
