// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_paste.h"

#include "core/sandbox/tile_number.h"
#include "core/sandbox/tile_problem.h"
#include "core/sandbox/tile_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace nms {

namespace {

bool isBlank(char c)
{
    return c == ' ' || c == '\r' || c == '\f' || c == '\v';
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Collects numbers row by row, and knows where in the text it is.
class Grid
{
public:
    Grid(std::string_view text, PasteForm form) : m_text(text), m_form(form) { }

    Unexpected<Error> error(std::size_t at, const std::string &what, std::string remedy = {},
                            ErrorKind kind = ErrorKind::Input) const
    {
        const std::string_view before = m_text.substr(0, at);
        const auto line = 1 + std::ranges::count(before, '\n');
        const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        const auto column = 1 +
            std::ranges::count_if(before.substr(start), [](char c) { return (c & 0xc0) != 0x80; }); // characters of UTF-8
        return fail(kind, "line " + std::to_string(line) + ", column " + std::to_string(column), what, std::move(remedy));
    }

    /// One number, written at `at` in the text.
    Status add(std::size_t at, std::string_view word)
    {
        if (word.empty())
            return error(at, "a number is missing", "give one for each row and column");
        const std::optional<double> number = parseTileNumber(word);
        if (!number)
            return error(at, "\"" + std::string(word.substr(0, 40)) + "\" is not a number",
                         "copy the numbers alone, without headings");
        if (m_row.empty())
            m_rowStart = at;
        if (m_row.size() == std::size_t(TileProblem::maxSide))
            return error(at, "the row has more than " + std::to_string(TileProblem::maxSide) + " numbers",
                         "a tile has at most 64 rows and columns", ErrorKind::Resource);
        m_row.push_back(*number);
        return {};
    }

    bool isInRow() const { return !m_row.empty(); }

    Status endRow()
    {
        if (m_row.empty())
            return {};
        if (!m_rows.empty() && m_row.size() != m_rows.front().size())
            return error(m_rowStart,
                         "row " + std::to_string(m_rows.size() + 1) + " has " + std::to_string(m_row.size()) +
                             (m_row.size() == 1 ? " number" : " numbers") + ", the first row " +
                             std::to_string(m_rows.front().size()),
                         "give as many in every row");
        if (m_rows.size() == std::size_t(TileProblem::maxSide))
            return error(m_rowStart, "there are more than " + std::to_string(TileProblem::maxSide) + " rows",
                         "a tile has at most 64 rows and columns", ErrorKind::Resource);
        m_rows.push_back(std::move(m_row));
        m_row.clear();
        return {};
    }

    Result<PastedGrid> finish()
    {
        if (const Status ended = endRow(); !ended)
            return fail(ended.error());
        if (m_rows.empty())
            return fail(ErrorKind::Input, "the text", "has no numbers", "copy a table of numbers first");
        PastedGrid grid{Matrix<double>(std::int64_t(m_rows.size()), std::int64_t(m_rows.front().size())), m_form};
        for (std::size_t row = 0; row < m_rows.size(); ++row)
            std::ranges::copy(m_rows[row], grid.values.span().row(std::int64_t(row)).begin());
        return grid;
    }

private:
    const std::string_view m_text;
    const PasteForm m_form;
    std::vector<std::vector<double>> m_rows;
    std::vector<double> m_row;
    std::size_t m_rowStart = 0;
};

/// A field of a table, without blanks and quotation marks around it, with a point for the decimal comma.
Status addField(Grid &grid, std::size_t at, std::string_view field, bool hasDecimalComma)
{
    while (!field.empty() && (isBlank(field.front()) || field.front() == '\t')) {
        field.remove_prefix(1);
        ++at;
    }
    while (!field.empty() && (isBlank(field.back()) || field.back() == '\t'))
        field.remove_suffix(1);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
        field = field.substr(1, field.size() - 2);
        ++at;
    }
    if (!hasDecimalComma)
        return grid.add(at, field);
    std::string word(field);
    std::ranges::replace(word, ',', '.');
    return grid.add(at, word);
}

bool isEmptyLine(std::string_view line)
{
    return std::ranges::all_of(line, [](char c) { return isBlank(c) || c == '\t'; });
}

/// Lines of fields; a `separator` of 0 stands for blanks.
Result<PastedGrid> parseTable(std::string_view text, char separator, PasteForm form, bool hasDecimalComma)
{
    Grid grid(text, form);
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        if (!isEmptyLine(text.substr(start, end - start))) {
            for (std::size_t at = start; at <= end;) {
                if (separator == 0)
                    while (at < end && (isBlank(text[at]) || text[at] == '\t'))
                        ++at;
                std::size_t next = at;
                const auto ends = [&](char c) {
                    return separator == 0 ? isBlank(c) || c == '\t' : c == separator;
                };
                while (next < end && !ends(text[next]))
                    ++next;
                const bool isLast = next == end;
                // Programs often end a line with a separator.
                const bool isRest = isLast && grid.isInRow() && isEmptyLine(text.substr(at, next - at));
                if (!isRest)
                    if (const Status added = addField(grid, at, text.substr(at, next - at), hasDecimalComma); !added)
                        return fail(added.error());
                at = next + 1;
            }
            if (const Status ended = grid.endRow(); !ended)
                return fail(ended.error());
        }
        start = end + 1;
    }
    return grid.finish();
}

/// Commands of LaTeX that hold no number, with what follows in braces or brackets, become blanks of the same length.
std::string withoutLatex(std::string_view text)
{
    std::string out(text);
    const auto blank = [&](std::size_t from, std::size_t to) {
        for (std::size_t k = from; k < to; ++k)
            if (out[k] != '\n')
                out[k] = ' ';
    };
    const auto closing = [&](std::size_t at, char open, char close) { // behind the group that begins at `at`
        for (int depth = 0; at < text.size(); ++at) {
            depth += text[at] == open ? 1 : text[at] == close ? -1 : 0;
            if (depth == 0)
                return at + 1;
        }
        return at;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '%') {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            blank(at, end);
            at = end;
        } else if (text[at] == '\\' && at + 1 < text.size() && isLetter(text[at + 1])) {
            std::size_t end = at + 1;
            while (end < text.size() && isLetter(text[end]))
                ++end;
            const std::string_view command = text.substr(at + 1, end - at - 1);
            if (command == "left" || command == "right")
                end = std::min(end + (end < text.size() && text[end] == '\\' ? 2 : 1), text.size());
            if (command == "begin" || command == "end" || command == "hspace" || command == "vspace" || command == "cline")
                while (end < text.size() && (text[end] == '{' || text[end] == '['))
                    end = text[end] == '{' ? closing(end, '{', '}') : closing(end, '[', ']');
            blank(at, end);
            at = end;
        } else if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '\\') {
            at += 2;
            if (at < text.size() && text[at] == '[') { // \\[2pt]
                const std::size_t end = closing(at, '[', ']');
                blank(at, end);
                at = end;
            }
        } else {
            const bool isSpacing = text[at] == '\\' && at + 1 < text.size() &&
                std::string_view(",;:! []()").find(text[at + 1]) != std::string_view::npos;
            if (isSpacing || text[at] == '$' || text[at] == '{' || text[at] == '}')
                blank(at, at + (isSpacing ? 2 : 1));
            at += isSpacing ? 2 : 1;
        }
    }
    return out;
}

Result<PastedGrid> parseLatex(std::string_view original)
{
    const std::string text = withoutLatex(original);
    Grid grid(text, PasteForm::Latex);
    const auto isEmpty = [&](std::size_t from, std::size_t to) {
        return std::all_of(text.begin() + std::ptrdiff_t(from), text.begin() + std::ptrdiff_t(to),
                           [](char c) { return isBlank(c) || c == '\t' || c == '\n'; });
    };
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t amp = std::min(text.find('&', at), text.size());
        const std::size_t row = std::min(text.find("\\\\", at), text.size());
        const std::size_t end = std::min(amp, row);
        const bool endsRow = end == row;
        if (!(endsRow && !grid.isInRow() && isEmpty(at, end))) { // nothing, or rules alone, between two rows
            std::size_t first = at, last = end;
            while (first < last && isEmpty(first, first + 1))
                ++first;
            while (first < last && isEmpty(last - 1, last))
                --last;
            if (const Status added = grid.add(first, std::string_view(text).substr(first, last - first)); !added)
                return fail(added.error());
        }
        if (endsRow)
            if (const Status ended = grid.endRow(); !ended)
                return fail(ended.error());
        at = end + (endsRow ? 2 : 1);
    }
    return grid.finish();
}

/// What of MATLAB's notation Python has not: semicolons, or rows that end with their lines.
bool isMatlab(std::string_view text)
{
    const std::size_t begin = text.find('[');
    if (begin == std::string_view::npos)
        return false;
    return text.find(';') != std::string_view::npos ||
        (text.find('[', begin + 1) == std::string_view::npos && text.find(',') == std::string_view::npos &&
         text.substr(0, text.rfind(']')).find('\n', begin) != std::string_view::npos);
}

/// Brackets and what is in them: nested lists, or rows with semicolons. `array(`, `dtype=…` and the like around them are
/// skipped.
Result<PastedGrid> parseBrackets(std::string_view text)
{
    const bool hasLines = isMatlab(text);
    Grid grid(text, hasLines ? PasteForm::Matlab : PasteForm::Lists);
    int depth = 0;
    bool needsNumber = false; // a comma would be the second one, or the first of its list
    bool isClosed = false;
    for (std::size_t at = std::min(text.find('['), text.find("((")); at < text.size();) {
        const char c = text[at];
        if (c == '[' || c == '(') {
            if (++depth > 2)
                return grid.error(at, "lists are nested more than twice", "copy a table: a list of rows");
            if (grid.isInRow())
                return grid.error(at, "a list begins among numbers", "give a list for each row");
            needsNumber = true;
            ++at;
        } else if (c == ']' || c == ')') {
            if (const Status ended = grid.endRow(); !ended)
                return fail(ended.error());
            needsNumber = false;
            ++at;
            isClosed = --depth == 0;
            if (isClosed && text.find('[', at) == std::string_view::npos)
                break; // the rest is that of array(…)
        } else if (c == ';' || (hasLines && c == '\n')) {
            if (const Status ended = grid.endRow(); !ended)
                return fail(ended.error());
            ++at;
        } else if (c == ',') {
            if (needsNumber)
                return grid.error(at, "a number is missing", "give one for each row and column");
            needsNumber = true;
            ++at;
        } else if (isBlank(c) || c == '\t' || c == '\n') {
            ++at;
        } else if (text.substr(at, 3) == "...") {
            if (!hasLines)
                return grid.error(at, "the output was shortened", "copy all numbers: np.set_printoptions(threshold=5000)");
            at = std::min(text.find('\n', at), text.size() - 1) + 1; // the row goes on in the next line
        } else {
            const std::size_t end = std::min(text.find_first_of(" \t\r\n\f\v,;[]()", at), text.size());
            if (const Status added = grid.add(at, text.substr(at, end - at)); !added)
                return fail(added.error());
            needsNumber = false;
            at = end;
        }
    }
    if (!isClosed)
        return grid.error(text.size(), "a bracket is not closed", "copy the whole list");
    return grid.finish();
}

} // namespace

std::string_view nameOf(PasteForm form)
{
    constexpr std::array<std::string_view, 6> names = {"columns", "CSV",         "CSV with semicolons",
                                                       "LaTeX",   "Python list", "MATLAB"};
    return names[std::size_t(form)];
}

Result<PastedGrid> parsePaste(std::string_view text)
{
    if (text.size() > maxTileTextBytes)
        return fail(ErrorKind::Resource, "the text", "is too long for a tile", "copy at most 64 × 64 numbers");
    const auto has = [&](std::string_view what) {
        return text.find(what) != std::string_view::npos;
    };
    if (has("&") || has("\\\\") || has("\\begin"))
        return parseLatex(text);
    if (has("[") || has("(("))
        return parseBrackets(text);
    if (has("\t"))
        return parseTable(text, '\t', PasteForm::Columns, has(",") && !has("."));
    if (has(";"))
        return parseTable(text, ';', PasteForm::Semicolons, has(","));
    if (has(","))
        return parseTable(text, ',', PasteForm::Commas, false);
    return parseTable(text, 0, PasteForm::Columns, false);
}

std::string pasteText(Span2d<const double> values)
{
    std::string text;
    for (std::int64_t row = 0; row < values.rows; ++row)
        for (std::int64_t col = 0; col < values.cols; ++col)
            text += tileNumberText(values(row, col)) + (col + 1 < values.cols ? '\t' : '\n');
    return text;
}

} // namespace nms
