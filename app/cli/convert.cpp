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

namespace nms::cli {

namespace {

Result<ConvertSummary> convertWithView(const jobs::ConvertSettings &settings, const std::stop_token &stop)
{
    JobView view("nmscope convert");
    return jobs::convertFile(settings, view.progress(stop), view.events());
}

Result<ExitCode> convert(const jobs::ConvertSettings &settings, const std::stop_token &stop)
{
    const Result<ConvertSummary> summary = convertWithView(settings, stop);
    if (!summary)
        return fail(summary.error());
    for (const std::string &note : summary->notes)
        printMessage("nmscope convert", "note: " + note);
    const std::string tensors = formatCount(summary->tensors) + (summary->tensors == 1 ? " tensor, " : " tensors, ");
    if (const Status printed =
            printText(settings.out + ": " + tensors + formatBytes(static_cast<double>(summary->bytes)) + "\n");
        !printed)
        return fail(printed.error());
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
    command->footer("Example:\n  nmscope convert model.safetensors model.h5\n"
                    "Names, shapes, dtypes and bits of all tensors are kept; OUT is replaced as a whole or not at all.");
    command->callback([&chosen, settings] {
        chosen = [settings](const std::stop_token &stop) {
            return convert(*settings, stop);
        };
    });
}

} // namespace nms::cli
