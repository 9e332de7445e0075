// SPDX-License-Identifier: Apache-2.0
// The commands as a page of the documentation, in Markdown with tables.
#include "app/cli/program_description.h"

#include <algorithm>
#include <string>

namespace nms::cli {

namespace {

/// Text with the characters escaped that Markdown or its tables would read as marks.
std::string markdown(std::string_view text)
{
    std::string escaped;
    for (const char letter : text) {
        if (std::string_view("\\*_<>[]|#").find(letter) != std::string_view::npos)
            escaped += '\\';
        escaped += letter;
    }
    return escaped;
}

/// A code span in a cell of a table.
std::string code(std::string_view text)
{
    std::string escaped = "`";
    for (const char letter : text)
        escaped += letter == '|' ? std::string("\\|") : std::string(1, letter);
    return escaped + "`";
}

std::string textOf(const std::vector<TextBlock> &blocks)
{
    std::string text;
    for (const TextBlock &block : blocks) {
        text += block.isLiteral ? "```\n" : "";
        for (const std::string &line : block.lines)
            text += (block.isLiteral ? line : markdown(line)) + "\n";
        text += block.isLiteral ? "```\n\n" : "\n";
    }
    return text;
}

std::string rowOf(const OptionDescription &option, bool withDefaults)
{
    std::string names;
    for (const std::string &name : option.names)
        names += (names.empty() ? "" : ", ") + name;
    const std::string head = option.isPositional() ? option.value : option.isFlag() ? names : names + " " + option.value;
    std::string row = "| " + code(head) + " | " + markdown(option.text);
    if (const std::string choices = choicesBeyondText(option); !choices.empty())
        row += ": " + markdown(choices);
    if (option.isRequired && !option.isPositional())
        row += " (required)";
    if (withDefaults)
        row += " | " + (option.defaultValue.empty() ? std::string() : code(option.defaultValue));
    return row + " |\n";
}

std::string tableOf(const std::vector<OptionDescription> &options)
{
    const bool withDefaults = std::any_of(options.begin(), options.end(),
                                          [](const OptionDescription &option) { return !option.defaultValue.empty(); });
    std::string rows;
    for (const OptionDescription &option : options)
        if (!option.isHelp())
            rows += rowOf(option, withDefaults);
    const char *head =
        withDefaults ? "| Option | Meaning | Default |\n|---|---|---|\n" : "| Option | Meaning |\n|---|---|\n";
    return rows.empty() ? rows : head + rows + "\n";
}

} // namespace

std::string markdownReference(const ProgramDescription &program)
{
    std::string page = "# Command line\n\n" + textOf(blocksOf(program.summary)) + tableOf(program.options);
    page += "## The window\n\n" + textOf(blocksOf(program.window.summary)) + tableOf(program.window.options);
    for (const CommandDescription &command : program.commands)
        page += "## " + program.name + " " + command.name + "\n\n" + markdown(command.summary) + ".\n\n```\n" +
            synopsisOf(program.name, command) + "\n```\n\n" + tableOf(command.options) + textOf(blocksOf(command.notes));
    return page + "## Notes\n\n" + textOf(blocksOf(program.notes));
}

} // namespace nms::cli
