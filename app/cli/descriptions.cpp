// SPDX-License-Identifier: Apache-2.0
// nmscope completion and nmscope reference: the program described for shells, man and readers.
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/program_description.h"

#include <CLI/CLI.hpp>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace nms::cli {

namespace {

struct Form {
    std::string_view name;
    std::string (*write)(const ProgramDescription &program);
};

constexpr std::array shells{Form{"bash", bashCompletion}, Form{"fish", fishCompletion}, Form{"zsh", zshCompletion}};
constexpr std::array forms{Form{"man", manPage}, Form{"markdown", markdownReference}};

std::string namesOf(std::span<const Form> all)
{
    std::string names;
    for (const Form &form : all)
        names += (names.empty() ? "" : "|") + std::string(form.name);
    return names;
}

struct Command {
    const char *name;
    const char *summary;
    const char *argument;
    const char *text;
    const char *notes;
    std::span<const Form> forms;
};

void add(CLI::App &app, Action &chosen, const Command &what, const std::function<ProgramDescription()> &describe)
{
    auto wanted = std::make_shared<std::string>();
    CLI::App *command = app.add_subcommand(what.name, what.summary)->group("About the program");
    command->add_option(what.argument, *wanted, what.text)->required()->type_name("");
    command->footer(what.notes);
    command->callback([&chosen, wanted, what, describe] {
        chosen = [wanted, what, describe](const std::stop_token &) -> Result<ExitCode> {
            for (const Form &form : what.forms)
                if (form.name == *wanted) {
                    const Status printed = printText(form.write(describe()));
                    return printed ? Result<ExitCode>(ExitCode::Done) : fail(printed.error());
                }
            return fail(ErrorKind::Usage, *wanted, "is unknown", "choose " + namesOf(what.forms));
        };
    });
}

} // namespace

void addDescriptions(CLI::App &app, Action &chosen, const std::function<ProgramDescription()> &describe)
{
    add(app, chosen,
        {"completion", "Print the script that lets a shell complete this command line", "SHELL", "bash, fish or zsh",
         "Example:\n  nmscope completion bash > ~/.local/share/bash-completion/completions/nmscope\n"
         "Packages of nmscope install these scripts.",
         shells},
        describe);
    add(app, chosen,
        {"reference", "Print all commands and options as one document", "FORM", "man or markdown",
         "Example:\n  nmscope reference man | man -l -\nPackages of nmscope install the man page.", forms},
        describe);
}

} // namespace nms::cli
