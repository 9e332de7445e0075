// SPDX-License-Identifier: Apache-2.0
// The man page, in the macros of man(7), which groff and mandoc understand.
#include "app/cli/program_description.h"

#include <cctype>
#include <string>

namespace nms::cli {

namespace {

/// Text with everything escaped that roff would not print as it is.
std::string roff(std::string_view text)
{
    std::string escaped;
    for (const char letter : text) {
        switch (letter) {
        case '\\':
            escaped += "\\e";
            break;
        case '-':
            escaped += "\\-";
            break;
        case '\'':
            escaped += "\\(aq";
            break;
        case '`':
            escaped += "\\(ga";
            break;
        case '^':
            escaped += "\\(ha";
            break;
        case '~':
            escaped += "\\(ti";
            break;
        default:
            escaped += letter;
        }
    }
    return escaped.starts_with('.') ? "\\&" + escaped : escaped;
}

std::string bold(std::string_view text)
{
    return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text)
{
    return "\\fI" + roff(text) + "\\fR";
}

std::string textOf(const std::vector<TextBlock> &blocks)
{
    std::string text;
    for (const TextBlock &block : blocks) {
        text += block.isLiteral ? ".PP\n.nf\n.RS 2\n" : ".PP\n";
        for (const std::string &line : block.lines)
            text += roff(line) + "\n";
        if (block.isLiteral)
            text += ".RE\n.fi\n";
    }
    return text;
}

std::string headOf(const OptionDescription &option)
{
    if (option.isPositional())
        return italic(option.value);
    std::string head;
    for (const std::string &name : option.names)
        head += (head.empty() ? "" : ", ") + bold(name);
    return option.isFlag() ? head : head + " " + italic(option.value);
}

std::string textOf(const OptionDescription &option)
{
    std::string text = ".TP\n" + headOf(option) + "\n" + roff(option.text);
    if (const std::string choices = choicesBeyondText(option); !choices.empty())
        text += ": " + roff(choices);
    if (option.isRequired && !option.isPositional())
        text += " (required)";
    if (!option.defaultValue.empty())
        text += " (default: " + roff(option.defaultValue) + ")";
    return text + "\n";
}

std::string textOf(const std::vector<OptionDescription> &options)
{
    std::string text;
    for (const OptionDescription &option : options)
        if (!option.isHelp())
            text += textOf(option);
    return text;
}

std::string inCapitals(std::string text)
{
    for (char &letter : text)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return text;
}

constexpr const char *environment = R"(.SH ENVIRONMENT
.TP
\fBHDF5_PLUGIN_PATH\fR
Folder of filter plug\-ins (blosc, zstd, bitshuffle, lz4, zfp and others) with which HDF5 files were compressed.
.TP
\fBNMS_TOKEN\fR
The token of \fB\-\-attach\fR.
.TP
\fBNMS_SIMD\fR
The vector instructions that solvers use at most: \fBbaseline\fR, \fBavx2\fR or \fBavx512\fR. The results are the same.
.TP
\fBDISPLAY\fR, \fBWAYLAND_DISPLAY\fR
Where the window is opened. The commands need neither.
.SH FILES
.TP
\fI~/.config/nmscope/nmscope.conf\fR
Settings of the window.
)";

} // namespace

std::string manPage(const ProgramDescription &program)
{
    std::string page = ".\\\" Written by nmscope reference man\n.TH " + inCapitals(program.name) + " 1 \"\" \"" +
        program.name + " " + program.version + "\" \"User Commands\"\n.nh\n.ad l\n";
    const std::vector<TextBlock> summary = blocksOf(program.summary);
    std::string purpose = summary.front().lines.front();
    if (purpose.starts_with(program.name + " "))
        purpose.erase(0, program.name.size() + 1);
    purpose = purpose.substr(0, purpose.find('.'));
    page += ".SH NAME\n" + program.name + " \\- " + roff(purpose) + "\n.SH SYNOPSIS\n";
    if (!program.window.options.empty())
        page += bold(program.name) + " [" + italic("OPTION") + "]… [" + italic("FILE") + "]…\n.br\n";
    for (const CommandDescription &command : program.commands)
        page += bold(program.name + " " + command.name) + roff(synopsisOf("", command).substr(command.name.size() + 1)) +
            "\n.br\n";
    page += ".SH DESCRIPTION\n" + textOf(summary);
    for (const OptionDescription &option : program.options)
        page += textOf(option);
    page += ".SH WINDOW\n" + textOf(blocksOf(program.window.summary)) + textOf(program.window.options);
    page += ".SH COMMANDS\n";
    for (const CommandDescription &command : program.commands)
        page += ".SS " + roff(synopsisOf(program.name, command)) + "\n" + roff(command.summary) + ".\n" +
            textOf(command.options) + textOf(blocksOf(command.notes));
    page += ".SH NOTES\n" + textOf(blocksOf(program.notes)) + environment;
    return page;
}

} // namespace nms::cli
