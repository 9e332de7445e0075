// SPDX-License-Identifier: Apache-2.0
// What the program's commands and options are, as plain data: the source of its man page, of its completions and of its
// reference in Markdown. Made from the parser itself, so that nothing is written twice.
#pragma once

#include "app/cli/window_usage.h"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace nms::cli {

struct OptionDescription {
    std::vector<std::string> names; // "-o", "--output"; none for a positional argument
    std::string value; // placeholder: "FILE", "N:M,…"; empty for a flag
    std::vector<std::string> choices; // what it can be, where these are few; of a list, what its elements can be
    std::string text;
    std::string defaultValue;
    bool isRequired = false;

    bool isPositional() const { return names.empty(); }
    bool isFlag() const { return value.empty(); }
    /// A list with commas.
    bool isList() const { return value.ends_with(",…"); }
    /// --help, which every command has.
    bool isHelp() const { return !names.empty() && names.back() == "--help"; }
    /// Whether file names may be given.
    bool isFile() const;
};

struct CommandDescription {
    std::string name;
    std::string summary;
    std::vector<OptionDescription> options; // positional arguments first
    std::string notes; // sentences, and examples in indented lines
};

struct ProgramDescription {
    std::string name;
    std::string version;
    std::string summary;
    std::string notes;
    std::vector<OptionDescription> options; // --help and --version
    CommandDescription window; // without a name; its options are empty in a program without its window
    std::vector<CommandDescription> commands;
};

/// `app` with all its subcommands.
ProgramDescription describe(const CLI::App &app, const std::string &summary, const WindowUsage &window);

/// Text of help as blocks: lines that begin with two spaces are literal, others are one paragraph up to an empty line.
struct TextBlock {
    bool isLiteral = false;
    std::vector<std::string> lines; // of a paragraph: only one
};
std::vector<TextBlock> blocksOf(std::string_view text);

/// The choices of an option, with commas, where its text names none of them and they are no list of examples; else empty.
std::string choicesBeyondText(const OptionDescription &option);

/// "nmscope solve FILE -o OUT --pattern N:M [OPTION]…": what must be given.
std::string synopsisOf(const std::string &program, const CommandDescription &command);

// What `nmscope reference` and `nmscope completion` print.
std::string manPage(const ProgramDescription &program);
std::string markdownReference(const ProgramDescription &program);
std::string bashCompletion(const ProgramDescription &program);
std::string zshCompletion(const ProgramDescription &program);
std::string fishCompletion(const ProgramDescription &program);

} // namespace nms::cli
