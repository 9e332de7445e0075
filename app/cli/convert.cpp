// SPDX-License-Identifier: Apache-2.0
// nmscope convert: .safetensors ↔ .h5.
#include "app/cli/command.h"
#include "app/cli/job_view.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/io/weights_format.h"
#include "core/jobs/convert_file.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

constexpr const char *program = "nmscope convert";

std::string lineOf(const SkippedEntry &entry)
{
    return (entry.path.empty() ? "\"\"" : entry.path) + " " + entry.reason;
}

std::string counted(std::int64_t count, const std::string &one, const std::string &many)
{
    return formatCount(count) + " " + (count == 1 ? one : many);
}

Result<ConvertSummary> convertWithView(const jobs::ConvertSettings &settings, const std::stop_token &stop,
                                       std::vector<SkippedEntry> &leftOut)
{
    JobView view(program);
    return jobs::convertFile(settings, view.progress(stop), view.events(),
                             [&](const SkippedEntry &entry) { leftOut.push_back(entry); });
}

Result<ExitCode> convert(const jobs::ConvertSettings &settings, const std::stop_token &stop)
{
    std::vector<SkippedEntry> leftOut;
    const Result<ConvertSummary> summary = convertWithView(settings, stop, leftOut);
    if (!summary) {
        if (!settings.skipUnreadable && leftOut.size() > 1) // a single one is already the error itself
            for (const SkippedEntry &entry : leftOut)
                printMessage(program, "cannot be carried over: " + lineOf(entry));
        return fail(summary.error());
    }
    for (const SkippedEntry &note : summary->notes)
        printMessage(program, "note: " + lineOf(note));
    for (const SkippedEntry &entry : leftOut)
        printMessage(program, "left out: " + lineOf(entry));
    if (const Status printed = printText(settings.out + ": " + counted(summary->tensors, "tensor", "tensors") + ", " +
                                         formatBytes(static_cast<double>(summary->bytes)) + "\n");
        !printed)
        return fail(printed.error());
    if (!leftOut.empty())
        printMessage(program,
                     counted(std::int64_t(leftOut.size()), "entry was", "entries were") + " left out of " + settings.out);
    return ExitCode::Done;
}

} // namespace

void addConvert(CLI::App &app, Action &chosen)
{
    auto settings = std::make_shared<jobs::ConvertSettings>();
    CLI::App *command = app.add_subcommand("convert", "Copy weights into " + writableEndings() + ", bit for bit");
    command->add_option("IN", settings->in, "Weights, " + readableEndings())->required()->type_name("");
    command->add_option("OUT", settings->out, "The new file; its ending decides the format: " + writableEndings())
        ->required()
        ->type_name("");
    command->add_flag("--skip-unreadable", settings->skipUnreadable,
                      "Leave out what cannot be carried over, and say so; without it that is an error");
    command->footer(
        "Example:\n  nmscope convert model.safetensors model.h5\n"
        "Names, shapes, dtypes and bits of all tensors are kept; OUT is replaced as a whole or not at all. What\n"
        "cannot be carried over is listed before anything is written; text beside weights is left out and noted.");
    command->callback([&chosen, settings] {
        chosen = [settings](const std::stop_token &stop) {
            return convert(*settings, stop);
        };
    });
}

} // namespace nms::cli
