// SPDX-License-Identifier: Apache-2.0
// nmscope convert: weights of any format that is read into one that is written.
#include "core/io/convert.h"

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/io/weights_format.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace nms::cli {

namespace {

struct Arguments {
    std::string in;
    std::string out;
};

Result<ConvertSummary> convertWithBar(const Arguments &arguments, const std::stop_token &stop)
{
    ProgressBar bar;
    bar.setLabel(arguments.out);
    ConvertOptions options;
    options.stop = stop;
    options.report = [&bar](std::int64_t done, std::int64_t total) {
        bar.setShare(static_cast<double>(done) / static_cast<double>(total));
    };
    return convertWeights(arguments.in, arguments.out, options);
}

Result<ExitCode> convert(const Arguments &arguments, const std::stop_token &stop)
{
    const Result<ConvertSummary> summary = convertWithBar(arguments, stop);
    if (!summary)
        return fail(summary.error());
    for (const std::string &note : summary->notes)
        printMessage("nmscope convert", "note: " + note);
    const std::string tensors = formatCount(summary->tensors) + (summary->tensors == 1 ? " tensor, " : " tensors, ");
    if (const Status printed =
            printText(arguments.out + ": " + tensors + formatBytes(static_cast<double>(summary->bytes)) + "\n");
        !printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addConvert(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("convert", "Copy weights into " + writableEndings() + ", bit for bit");
    command->add_option("IN", arguments->in, "Weights, " + readableEndings())->required()->type_name("");
    command->add_option("OUT", arguments->out, "The new file; its ending decides the format: " + writableEndings())
        ->required()
        ->type_name("");
    command->footer("Example:\n  nmscope convert model.safetensors model.h5\n"
                    "Names, shapes, dtypes and bits of all tensors are kept; OUT is replaced as a whole or not at all.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return convert(*arguments, stop);
        };
    });
}

} // namespace nms::cli
