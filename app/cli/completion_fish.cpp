// SPDX-License-Identifier: Apache-2.0
// Completion for fish.
#include "app/cli/program_description.h"

#include <string>

namespace nms::cli {

namespace {

std::string inQuotes(std::string_view text)
{
    std::string result = "'";
    for (const char letter : text) {
        if (letter == '\\' || letter == '\'')
            result += '\\';
        result += letter;
    }
    return result + "'";
}

std::string choicesOf(const OptionDescription &option)
{
    std::string choices;
    for (const std::string &choice : option.choices)
        choices += " " + choice;
    if (option.isList() && !choices.empty())
        return " -a " + inQuotes("(__fish_append ," + choices + ")");
    return choices.empty() ? std::string() : " -a " + inQuotes(choices.substr(1));
}

std::string lineOf(const std::string &condition, const OptionDescription &option)
{
    std::string line = "complete -c nmscope -n " + inQuotes(condition);
    for (const std::string &name : option.names)
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.isPositional() && !option.isFlag())
        line += option.isFile() ? " -r -F" : " -x";
    return line + choicesOf(option) + " -d " + inQuotes(option.text) + "\n";
}

} // namespace

std::string fishCompletion(const ProgramDescription &program)
{
    std::string script = "# Completion of nmscope for fish, written by nmscope completion fish.\n", names;
    for (const CommandDescription &command : program.commands) {
        names += " " + command.name;
        script +=
            "complete -c nmscope -n __fish_use_subcommand -a " + command.name + " -d " + inQuotes(command.summary) + "\n";
    }
    const std::string noCommand = "not __fish_seen_subcommand_from" + names;
    for (const OptionDescription &option : program.options)
        script += lineOf(noCommand, option);
    for (const OptionDescription &option : program.window.options)
        script += lineOf(noCommand, option);
    for (const CommandDescription &command : program.commands)
        for (const OptionDescription &option : command.options)
            if (!option.isPositional() || !option.choices.empty()) // other arguments are files, which fish completes itself
                script += lineOf("__fish_seen_subcommand_from " + command.name, option);
    return script;
}

} // namespace nms::cli
