// SPDX-License-Identifier: Apache-2.0
#include "app/cli/cli.h"

#include "app/cli/command.h"
#include "app/cli/interrupt.h"
#include "app/cli/nearest_name.h"
#include "app/cli/output.h"
#include "app/cli/program_description.h"
#include "app/cli/version_text.h"
#include "core/base/exceptions.h"
#include "core/io/weights_format.h"
#include "core/jobs/job.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

namespace {

using cli::Action;
using cli::ExitCode;

struct Subcommand {
    std::string_view name;
    void (*add)(CLI::App &, Action &);
};

constexpr std::array subcommands{
    Subcommand{"inspect", cli::addInspect}, Subcommand{"solve", cli::addSolve},   Subcommand{"compare", cli::addCompare},
    Subcommand{"verify", cli::addVerify},   Subcommand{"render", cli::addRender}, Subcommand{"convert", cli::addConvert},
    Subcommand{"prune", cli::addPrune},     Subcommand{"bench", cli::addBench},   Subcommand{"lesson", cli::addLesson},
};

constexpr const char *description =
    "nmscope finds, watches and explains transposable N:M sparse masks.\n"
    "A pattern N:M always means: keep N of every M, along rows and along columns of each M×M tile.\n";

/// Commands about the program itself, which need its whole description.
constexpr std::array<std::string_view, 2> descriptionCommands{"completion", "reference"};

constexpr const char *footer =
    "A first session:\n"
    "  nmscope inspect model.safetensors                          what is in the file\n"
    "  nmscope solve model.safetensors -o masks.h5 --pattern 8:16 proven optimal masks of all its matrices\n"
    "  nmscope verify masks.h5 --weights model.safetensors        every tile checked again\n"
    "  nmscope compare model.safetensors --patterns 2:4,8:16      what each pattern and method costs\n"
    "  nmscope prune model.safetensors --calibration x.h5 --framework alps --pattern 8:16 -o pruned.safetensors\n"
    "                                                             the model itself, pruned layer by layer\n"
    "\n"
    "`nmscope COMMAND --help` tells the rest. Results go to standard output, progress and messages to standard error. Exit\n"
    "status: 0 done, 1 failed, 2 misused. Ctrl-C leaves no half file.\n"
    "Weights come from files of these formats: ";

bool isSubcommand(std::string_view word)
{
    return std::any_of(subcommands.begin(), subcommands.end(),
                       [word](const Subcommand &known) { return known.name == word; }) ||
        std::find(descriptionCommands.begin(), descriptionCommands.end(), word) != descriptionCommands.end();
}

/// The part of --help about the window, laid out as CLI11 does it for commands.
std::string helpOf(const WindowUsage &window, std::size_t column)
{
    std::string text = "\n";
    text += window.summary;
    if (!window.options.empty())
        text += "\n\nUsage: nmscope [WINDOW-OPTION]… [FILE]…\n\nOptions of the window:";
    for (const WindowOption &option : window.options) {
        std::string line = std::string("  --") + option.name + (option.value[0] != '\0' ? " " : "") + option.value;
        line.resize(std::max(line.size() + 1, column), ' ');
        line += option.text;
        std::string choices = option.choices;
        for (std::size_t blank = choices.find(' '); blank != std::string::npos; blank = choices.find(' ', blank + 2))
            choices.replace(blank, 1, ", ");
        text += "\n" + line + (choices.empty() ? "" : ": " + choices);
    }
    return text + "\n";
}

std::string oneLine(std::string text)
{
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

int exitStatus(ExitCode code)
{
    return static_cast<int>(code);
}

int report(const std::string &program, const Error &error)
{
    cli::printMessage(program, error.kind == ErrorKind::Cancelled ? "cancelled" : error.line());
    return exitStatus(error.kind == ErrorKind::Usage ? ExitCode::Misused : ExitCode::Failed);
}

/// The only place that catches exceptions of the libraries below.
int runAction(const std::string &program, const Action &action)
{
    try {
        const cli::InterruptGuard interrupt;
        const Result<ExitCode> code = action(interrupt.token());
        if (code)
            return exitStatus(*code);
        if (code.error().kind == ErrorKind::Cancelled && interrupt.signal() == SIGXCPU)
            return report(program,
                          {ErrorKind::Resource, "", "stopped: the limit on processor time is reached (ulimit -t)",
                           "raise it, or name fewer tensors with --tensor"});
        return report(program, code.error());
    } catch (...) {
        return report(program, jobs::errorOfException());
    }
}

} // namespace

/// A word that is no file: whoever typed it meant a subcommand.
static bool isMistypedSubcommand(const char *first)
{
    const std::string_view word = first;
    const bool isWord = !word.empty() &&
        std::all_of(word.begin(), word.end(), [](unsigned char letter) { return std::isalnum(letter) || (letter == '_'); });
    std::error_code error;
    return isWord && !std::filesystem::exists(first, error);
}

bool isCliInvocation(int argc, char **argv)
{
    if (argc < 2)
        return false;
    const std::string_view first = argv[1];
    return first == "-h" || first == "--help" || first == "--version" || isSubcommand(first) ||
        isMistypedSubcommand(argv[1]);
}

static int refuseWord(std::string_view word)
{
    std::vector<std::string_view> names(descriptionCommands.begin(), descriptionCommands.end());
    for (const Subcommand &known : subcommands)
        names.push_back(known.name);
    const std::string_view nearest = cli::nearestName(word, names);
    cli::printMessage("nmscope",
                      "\"" + std::string(word) + "\" is neither a subcommand nor a file" +
                          (nearest.empty() ? std::string() : "; did you mean \"" + std::string(nearest) + "\"?") +
                          (nearest.empty() ? "; see nmscope --help" : " See nmscope --help"));
    return exitStatus(ExitCode::Misused);
}

/// All options and commands. `app` and `window` are referred to until the action has run.
static void declareAll(CLI::App &app, Action &action, const WindowUsage &window)
{
    constexpr std::size_t column = 34;
    app.description(description + helpOf(window, column));
    app.set_version_flag("--version", cli::versionText(!window.options.empty()),
                         "Print the version and what this program is built with, and exit");
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.get_formatter()->column_width(column);
    app.footer(footer + weightsFormatNames("and") + ".");
    app.require_subcommand(1);
    for (const Subcommand &subcommand : subcommands)
        subcommand.add(app, action);
    cli::addDescriptions(app, action, [&app, &window] { return cli::describe(app, description, window); });
}

std::string commandReference(const WindowUsage &window)
{
    CLI::App app({}, "nmscope");
    Action action;
    declareAll(app, action, window);
    return cli::markdownReference(cli::describe(app, description, window));
}

int runCli(int argc, char **argv, const WindowUsage &window)
{
    if (!isSubcommand(argv[1]) && isMistypedSubcommand(argv[1]))
        return refuseWord(argv[1]);
    CLI::App app({}, "nmscope");
    Action action;
    declareAll(app, action, window);

    std::string program = "nmscope";
    try {
        app.parse(argc, argv);
        program += " " + app.get_subcommands().front()->get_name();
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() == 0) // --help and --version
            return app.exit(error);
        const auto parsed = app.get_subcommands();
        if (!parsed.empty())
            program += " " + parsed.front()->get_name();
        cli::printMessage(program, oneLine(error.what()) + "; see " + program + " --help");
        return exitStatus(ExitCode::Misused);
    }
    return runAction(program, action);
}

} // namespace nms
