// SPDX-License-Identifier: Apache-2.0
#include "app/cli/output.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace nms::cli {

namespace {

enum class CellKind { Neutral, Number, Text };

CellKind kindOf(const std::string &cell)
{
    if (cell.empty() || cell == "–")
        return CellKind::Neutral;
    const bool begins = cell[0] == '-' || (cell[0] >= '0' && cell[0] <= '9');
    return begins && cell.find(':') == std::string::npos ? CellKind::Number : CellKind::Text;
}

void appendCell(std::string &line, const std::string &cell, std::size_t width, bool right)
{
    const std::string padding(width - std::min(width, displayWidth(cell)), ' ');
    line += right ? padding + cell : cell + padding;
}

} // namespace

Status printText(std::string_view text)
{
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        return fail(ErrorKind::Io, "standard output", std::strerror(errno), "free some space or redirect it elsewhere");
    return {};
}

Status printJson(const nlohmann::ordered_json &object)
{
    // Names from untrusted files may not be valid UTF-8.
    return printText(object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void printMessage(std::string_view program, std::string_view text)
{
    std::string line(program);
    line.append(": ").append(printable(text)).append("\n");
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void TextTable::addRow(const std::vector<std::string> &cells)
{
    std::vector<std::string> &row = m_rows.emplace_back();
    std::transform(cells.begin(), cells.end(), std::back_inserter(row), printable);
}

std::string TextTable::text() const
{
    const std::size_t columns = m_rows.front().size();
    std::vector<std::size_t> widths(columns, 0);
    std::vector<bool> numbers(columns, false), words(columns, false);
    for (std::size_t r = 0; r < m_rows.size(); ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            widths[c] = std::max(widths[c], displayWidth(m_rows[r][c]));
            if (r == 0)
                continue;
            numbers[c] = numbers[c] || kindOf(m_rows[r][c]) == CellKind::Number;
            words[c] = words[c] || kindOf(m_rows[r][c]) == CellKind::Text;
        }
    }
    std::string text;
    for (const auto &row : m_rows) {
        std::string line;
        for (std::size_t c = 0; c < columns; ++c) {
            if (c > 0)
                line += "  ";
            appendCell(line, row[c], widths[c], numbers[c] && !words[c]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string textOf(const std::vector<SkippedEntry> &skipped)
{
    std::string text;
    for (const SkippedEntry &tensor : skipped)
        text += "skipped " + printable(tensor.path + ": " + tensor.reason) + "\n";
    return text;
}

std::string printable(std::string_view text)
{
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool isC1 = byte == 0xC2U && next >= 0x80U && next < 0xA0U;
        i += isC1 ? 1 : 0;
        shown += byte < 0x20U || byte == 0x7FU || isC1 ? '?' : text[i];
    }
    return shown;
}

std::size_t displayWidth(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

} // namespace nms::cli
