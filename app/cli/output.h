// SPDX-License-Identifier: Apache-2.0
// Results go to standard output in one piece, messages to standard error, one line each. Names in untrusted files may
// contain control characters, which could manipulate a terminal or imitate a line of output; they are shown as "?".
#pragma once

#include "core/base/number_text.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nms::cli {

/// Io error if standard output does not accept all of it (full disk, closed pipe).
Status printText(std::string_view text);
Status printJson(const nlohmann::ordered_json &object);

/// "PROGRAM: TEXT" on standard error; PROGRAM is "nmscope solve" and the like.
void printMessage(std::string_view program, std::string_view text);

/// Columns are separated by two blanks; a column of numbers (all begin with a digit or sign and contain no colon) is aligned
/// right.
class TextTable
{
public:
    explicit TextTable(std::vector<std::string> head) : m_rows{std::move(head)} { }
    void addRow(const std::vector<std::string> &cells);
    std::string text() const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

/// "skipped PATH: REASON", one line each.
std::string textOf(const std::vector<SkippedEntry> &skipped);

/// `text` with each control character (C0, DEL and C1) replaced by "?".
std::string printable(std::string_view text);

/// Number of terminal cells that UTF-8 text occupies, counted as one for each code point.
std::size_t displayWidth(std::string_view text);

} // namespace nms::cli
