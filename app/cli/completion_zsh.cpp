// SPDX-License-Identifier: Apache-2.0
// Completion for zsh, with _arguments of its completion system.
#include "app/cli/program_description.h"

#include <string>

namespace nms::cli {

namespace {

/// Text inside single quotes, with the characters escaped that _arguments reads as marks.
std::string escaped(std::string_view text, std::string_view marks)
{
    std::string result;
    for (const char letter : text) {
        if (letter == '\'')
            result += "'\\''";
        else {
            if (letter == '\\' || marks.find(letter) != std::string_view::npos)
                result += '\\';
            result += letter;
        }
    }
    return result;
}

std::string actionOf(const OptionDescription &option)
{
    std::string choices;
    for (const std::string &choice : option.choices)
        choices += (choices.empty() ? "" : " ") + escaped(choice, ":");
    if (option.isList() && !choices.empty())
        return "{_sequence compadd - " + choices + "}";
    if (!choices.empty() && option.isFile())
        return "{_alternative \"values\\:value\\:(" + choices + ")\" \"files\\:file\\:_files\"}";
    if (!choices.empty())
        return "(" + choices + ")";
    return option.isFile() ? "_files" : " ";
}

std::string specificationOf(const OptionDescription &option)
{
    const std::string action = ":" + escaped(option.value, ":") + ":" + actionOf(option);
    if (option.isPositional())
        return "'" + action + "'";
    const std::string text = "[" + escaped(option.text, "[]") + "]";
    const std::string value = option.isFlag() ? std::string() : action;
    if (option.names.size() == 1)
        return "'" + option.names.front() + text + value + "'";
    std::string all, braces;
    for (const std::string &name : option.names) {
        all += (all.empty() ? "" : " ") + name;
        braces += (braces.empty() ? "" : ",") + name;
    }
    return "'(" + all + ")'{" + braces + "}'" + text + value + "'";
}

std::string functionOf(const std::string &name, const std::vector<OptionDescription> &options, const char *rest)
{
    std::string text = "_nmscope_" + name + "() {\n    _arguments -s";
    for (const OptionDescription &option : options)
        text += " \\\n        " + specificationOf(option);
    return text + rest + "\n}\n\n";
}

} // namespace

std::string zshCompletion(const ProgramDescription &program)
{
    std::string script = "#compdef nmscope\n# Completion of nmscope for zsh, written by nmscope completion zsh.\n\n";
    std::string commands, names;
    for (const CommandDescription &command : program.commands) {
        script += functionOf(command.name, command.options, "");
        commands += "        '" + command.name + ":" + escaped(command.summary, "") + "'\n";
        names += (names.empty() ? "" : "|") + command.name;
    }
    std::vector<OptionDescription> first = program.options;
    first.insert(first.end(), program.window.options.begin(), program.window.options.end());
    script += functionOf("window", first, " \\\n        '*:FILE:_files'");
    return script + "_nmscope() {\n    local -a commands\n    commands=(\n" + commands + R"(    )
    if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then
        _describe -t commands command commands
        _files
        return
    fi
    case ${words[2]} in
    )" + names +
        R"-()
        local command=${words[2]}
        shift words
        (( CURRENT-- ))
        _nmscope_$command
        ;;
    *)
        _nmscope_window
        ;;
    esac
}

_nmscope "$@"
)-";
}

} // namespace nms::cli
