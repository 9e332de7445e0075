// SPDX-License-Identifier: Apache-2.0
#include "app/cli/program_description.h"

#include "core/methods/method.h"
#include "core/methods/score.h"
#include "core/prune/prune_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace nms::cli {

namespace {

/// The values that a placeholder stands for; none where they are many.
std::vector<std::string> choicesOf(std::string_view placeholder)
{
    std::vector<std::string> choices;
    const auto add = [&choices](std::string_view name) {
        choices.emplace_back(name);
    };
    if (placeholder == "METHOD")
        for (const Method method : offeredMethods())
            add(nameOf(method));
    else if (placeholder == "FRAMEWORK")
        for (const FrameworkTraits &framework : frameworks())
            add(framework.name);
    else if (placeholder == "KIND")
        for (const Kind kind : kinds())
            add(nameOf(kind));
    else if (placeholder == "SCORE")
        for (const ScoreRule &rule : scoreRules())
            add(rule.name);
    else if (placeholder == "VIEW")
        choices = {"weights", "score", "plan", "mask", "error"};
    else if (placeholder == "BACKEND")
        choices = {"auto", "cpu", "cuda"};
    else if (placeholder == "SHELL")
        choices = {"bash", "fish", "zsh"};
    else if (placeholder == "FORM")
        choices = {"man", "markdown"};
    else if (placeholder == "ACTION")
        choices = {"check"};
    else if (placeholder == "N:M")
        choices = {"1:2", "2:4", "4:8", "8:16", "16:32", "1:4", "2:8", "4:16", "8:32"};
    return choices;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

bool isWordInLowerCase(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char letter) { return std::islower(letter); });
}

/// The alternatives of a placeholder: words in lower case are values themselves ("bash|zsh"), others stand for some
/// ("SCORE|FILE").
void findChoices(OptionDescription &option)
{
    std::string_view value = option.value;
    if (option.isList())
        value.remove_suffix(std::string_view(",…").size());
    const std::vector<std::string> alternatives = split(value, '|');
    for (const std::string &alternative : alternatives) {
        if (alternatives.size() > 1 && isWordInLowerCase(alternative))
            option.choices.push_back(alternative);
        else
            for (std::string &choice : choicesOf(alternative))
                option.choices.push_back(std::move(choice));
    }
}

/// CLI11 appends to a placeholder what its validators say, "F:FLOAT in [0 - 1]"; this cuts it off and returns the range.
std::string takeRange(std::string &placeholder)
{
    const std::size_t end = placeholder.find(" in [");
    if (end == std::string::npos)
        return {};
    std::string range = placeholder.substr(end + std::string_view(" in [").size());
    range.pop_back();
    const std::size_t begin = placeholder.rfind(':', end);
    placeholder.resize(begin == std::string::npos ? end : begin);
    if (const std::size_t dash = range.find(" - "); dash != std::string::npos)
        range.replace(dash, std::string_view(" - ").size(), " to ");
    return range;
}

OptionDescription describeOption(const CLI::Option &option)
{
    OptionDescription described;
    if (!option.get_positional()) {
        for (const std::string &name : option.get_snames())
            described.names.push_back("-" + name);
        for (const std::string &name : option.get_lnames())
            described.names.push_back("--" + name);
    }
    described.text = option.get_description();
    const bool isFlag = !option.get_positional() && option.get_items_expected_max() == 0;
    if (!isFlag)
        described.value = option.get_positional() ? option.get_name(true) : option.get_type_name();
    if (const std::string range = takeRange(described.value); !range.empty())
        described.text += " (" + range + ")";
    if (!isFlag)
        described.defaultValue = option.get_default_str();
    described.isRequired = option.get_required();
    findChoices(described);
    return described;
}

std::vector<OptionDescription> optionsOf(const CLI::App &app)
{
    std::vector<OptionDescription> options;
    for (const CLI::Option *option : app.get_options())
        options.push_back(describeOption(*option));
    std::stable_partition(options.begin(), options.end(),
                          [](const OptionDescription &option) { return option.isPositional(); });
    return options;
}

CommandDescription describeWindow(const WindowUsage &window)
{
    CommandDescription described{.name = {}, .summary = window.summary, .options = {}, .notes = {}};
    for (const WindowOption &option : window.options) {
        OptionDescription added{.names = {std::string("--") + option.name},
                                .value = option.value,
                                .choices = {},
                                .text = option.text,
                                .defaultValue = {}};
        if (option.choices[0] != '\0')
            added.choices = split(option.choices, ' ');
        else
            findChoices(added);
        described.options.push_back(std::move(added));
    }
    return described;
}

} // namespace

bool OptionDescription::isFile() const
{
    const std::vector<std::string> alternatives = split(value, '|');
    return std::any_of(alternatives.begin(), alternatives.end(), [](const std::string &alternative) {
        constexpr std::array files{"FILE", "IN", "OUT", "OUT2", "MASKS", "OUT.png", "PYTHON"};
        return std::find(files.begin(), files.end(), alternative) != files.end();
    });
}

ProgramDescription describe(const CLI::App &app, const std::string &summary, const WindowUsage &window)
{
    ProgramDescription program{.name = app.get_name(),
                               .version = NMS_VERSION,
                               .summary = summary,
                               .notes = app.get_footer(),
                               .options = optionsOf(app),
                               .window = describeWindow(window),
                               .commands = {}};
    const auto all = [](const CLI::App *) {
        return true;
    };
    for (const CLI::App *command : app.get_subcommands(all))
        program.commands.push_back({.name = command->get_name(),
                                    .summary = command->get_description(),
                                    .options = optionsOf(*command),
                                    .notes = command->get_footer()});
    return program;
}

std::vector<TextBlock> blocksOf(std::string_view text)
{
    std::vector<TextBlock> blocks;
    bool isNew = true; // an empty line came last
    for (const std::string &line : split(text, '\n')) {
        if (line.empty()) {
            isNew = true;
            continue;
        }
        const bool isLiteral = line.starts_with("  ");
        if (isNew || blocks.back().isLiteral != isLiteral)
            blocks.push_back({isLiteral, {}});
        std::vector<std::string> &lines = blocks.back().lines;
        if (isLiteral)
            lines.push_back(line.substr(2));
        else if (lines.empty())
            lines.push_back(line);
        else
            lines.back() += " " + line;
        isNew = false;
    }
    return blocks;
}

std::string choicesBeyondText(const OptionDescription &option)
{
    const bool isNamed = std::any_of(option.choices.begin(), option.choices.end(), [&](const std::string &choice) {
        return option.text.find(choice) != std::string::npos;
    });
    std::string text;
    if (!isNamed && !option.isList() && option.value != "N:M")
        for (const std::string &choice : option.choices)
            text += (text.empty() ? "" : ", ") + choice;
    return text;
}

std::string synopsisOf(const std::string &program, const CommandDescription &command)
{
    std::string text = program + (command.name.empty() ? "" : " " + command.name);
    bool hasMore = false;
    for (const OptionDescription &option : command.options) {
        if (!option.isRequired)
            hasMore = hasMore || !option.isHelp();
        else
            text += " " + (option.isPositional() ? option.value : option.names.front() + " " + option.value);
    }
    return text + (hasMore ? " [OPTION]…" : "");
}

} // namespace nms::cli
