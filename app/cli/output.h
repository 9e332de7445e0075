// SPDX-License-Identifier: Apache-2.0
// Results go to standard output in one piece, messages to standard error, one line each. Names in untrusted files may
// hold anything: control characters, which could steer a terminal or fake a line, are shown as "?".
#pragma once

#include "core/base/number_text.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nms::cli {

/// Io error where standard output does not take all of it (full disk, closed pipe).
Status printText(std::string_view text);
Status printJson(const nlohmann::ordered_json &object);

/// "PROGRAM: TEXT" on standard error; PROGRAM is "nmscope solve" and the like.
void printMessage(std::string_view program, std::string_view text);

/// Columns two blanks apart; a column of numbers (begin with a digit or sign, hold no colon) stands right.
class TextTable
{
public:
    explicit TextTable(std::vector<std::string> head) : m_rows{std::move(head)} { }
    void addRow(const std::vector<std::string> &cells);
    std::string text() const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

/// "skipped PATH: REASON", a line each.
std::string textOf(const std::vector<SkippedEntry> &skipped);

/// `text` without control characters (C0, DEL and C1): a "?" for each.
std::string printable(std::string_view text);

/// Terminal cells that UTF-8 text takes, one for each code point.
std::size_t displayWidth(std::string_view text);

} // namespace nms::cli
