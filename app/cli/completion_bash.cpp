// SPDX-License-Identifier: Apache-2.0
// Completion for bash, with the functions of the package bash-completion.
#include "app/cli/program_description.h"

#include <string>

namespace nms::cli {

namespace {

std::string joined(const std::vector<std::string> &words, const char *separator)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : separator) + word;
    return text;
}

/// Branches of a `case` over the option before the cursor, for those that take a value.
std::string valuesOf(const std::vector<OptionDescription> &options, const std::string &indent)
{
    std::string text;
    for (const OptionDescription &option : options) {
        if (option.isPositional() || option.isFlag())
            continue;
        text.append(indent).append(joined(option.names, " | ")).append(")\n");
        const std::string choices = joined(option.choices, " ");
        if (option.isList() && !choices.empty())
            text.append(indent).append("    _nmscope_list \"").append(choices).append("\"\n");
        else if (!choices.empty())
            text.append(indent).append("    COMPREPLY=($(compgen -W \"").append(choices).append("\" -- \"$cur\"))\n");
        if (option.isFile())
            text += indent + "    _filedir\n";
        for (const char *line : {"__ltrim_colon_completions \"$cur\"", "return", ";;"})
            text.append(indent).append("    ").append(line).append("\n");
    }
    return text.empty() ? text : indent + "case \"$prev\" in\n" + text + indent + "esac\n";
}

std::string namesOf(const std::vector<OptionDescription> &options)
{
    std::string names;
    for (const OptionDescription &option : options)
        for (const std::string &name : option.names)
            names += (names.empty() ? "" : " ") + name;
    return names;
}

std::string branchOf(const std::string &label, const std::vector<OptionDescription> &options, const std::string &words)
{
    std::string text =
        "    " + label + ")\n" + valuesOf(options, "        ") + "        options=\"" + namesOf(options) + "\"\n";
    if (!words.empty())
        text += "        words_here=\"" + words + "\"\n";
    return text + "        ;;\n";
}

constexpr const char *listFunction = R"(# The last element of a list with commas.
_nmscope_list()
{
    local before=""
    [[ $cur == *,* ]] && before=${cur%,*},
    COMPREPLY=($(compgen -P "$before" -W "$1" -- "${cur##*,}"))
    compopt -o nospace
}

)";

constexpr const char *beginning = R"(_nmscope()
{
    local cur prev words cword split options="" words_here=""
    _init_completion -s -n : || return
)";

constexpr const char *ending = R"(    $split && return
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi
    [[ -n $words_here ]] && COMPREPLY=($(compgen -W "$words_here" -- "$cur"))
    _filedir
} &&
    complete -F _nmscope nmscope
)";

} // namespace

std::string bashCompletion(const ProgramDescription &program)
{
    std::string commands, branches;
    for (const CommandDescription &command : program.commands) {
        commands += (commands.empty() ? "" : " ") + command.name;
        std::string words; // values of its positional arguments
        for (const OptionDescription &option : command.options)
            if (option.isPositional())
                words += joined(option.choices, " ");
        branches += branchOf(command.name, command.options, words);
    }
    std::vector<OptionDescription> first = program.options;
    first.insert(first.end(), program.window.options.begin(), program.window.options.end());
    return "# Completion of nmscope for bash, written by nmscope completion bash.\n" + std::string(listFunction) +
        beginning + "    local command=\"\"\n    ((cword > 1)) && command=${words[1]}\n    case \"$command\" in\n" +
        branches + branchOf("*", first, {}) + "    esac\n    ((cword == 1)) && words_here=\"" + commands + "\"\n" + ending;
}

} // namespace nms::cli
