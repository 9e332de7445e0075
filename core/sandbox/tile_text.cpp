// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_text.h"

#include "core/sandbox/tile_number.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace nms {

namespace {

std::vector<std::string_view> wordsOf(std::string_view line)
{
    std::vector<std::string_view> words;
    constexpr std::string_view blank = " \t\r";
    for (std::size_t at = line.find_first_not_of(blank); at != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(blank, at), line.size());
        words.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(blank, end);
    }
    return words;
}

/// Control characters would make a file that other programs show wrongly.
bool isOneLine(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return (unsigned char)c < ' ' || c == 127; });
}

/// The rest of a line after its keyword, without blanks around it.
std::string textAfter(std::string_view line, std::string_view keyword)
{
    constexpr std::string_view blank = " \t\r";
    line.remove_prefix(line.find(keyword) + keyword.size());
    const std::size_t first = line.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return std::string(line.substr(first, line.find_last_not_of(blank) - first + 1));
}

class Parser
{
public:
    Parser(std::string_view text, const std::string &where) : m_left(text), m_where(where) { }

    Result<TileProblem> parse()
    {
        if (const Status header = readHeader(); !header)
            return fail(header.error());
        while (nextLine()) {
            if (m_words.empty())
                continue;
            if (const Status read = readLine(); !read)
                return fail(read.error());
        }
        return finish();
    }

private:
    bool nextLine()
    {
        if (m_left.empty())
            return false;
        const std::size_t end = std::min(m_left.find('\n'), m_left.size());
        m_line = m_left.substr(0, end);
        m_left.remove_prefix(std::min(end + 1, m_left.size()));
        ++m_number;
        m_words = wordsOf(m_line);
        if (!m_words.empty() && m_words.front().starts_with('#'))
            m_words.clear();
        return true;
    }

    Unexpected<Error> error(const std::string &what, std::string remedy = {}) const
    {
        return fail(ErrorKind::Input, m_where + ", line " + std::to_string(m_number), what, std::move(remedy));
    }

    Status readHeader()
    {
        if (!nextLine())
            m_number = 1;
        if (!m_line.starts_with(tileMagic))
            return error("this is not a tile file", "begin it with the line \"nmscope tile 1\"");
        if (textAfter(m_line, tileMagic) != "1")
            return error("the version \"" + shown(textAfter(m_line, tileMagic)) + "\" is not known",
                         "version 1 is: begin the file with \"nmscope tile 1\"");
        return {};
    }

    static std::string shown(std::string_view word)
    {
        constexpr std::size_t most = 40;
        std::string text(word.substr(0, most));
        std::ranges::replace_if(
            text, [](char c) { return (unsigned char)c < ' ' || (unsigned char)c > 126; }, '?');
        return word.size() > most ? text + "…" : text;
    }

    Status readLine()
    {
        const std::string_view word = m_words.front();
        if (m_grid && parseTileNumber(word))
            return readGridRow();
        m_grid = nullptr;
        if (word == "name")
            return readText(m_tile.name, m_hasName);
        if (word == "note")
            return readText(m_tile.note, m_hasNote);
        if (word == "keep")
            return readKeep();
        if (word == "row-sums")
            return readNumbers(m_rowSums);
        if (word == "column-sums")
            return readNumbers(m_colSums);
        if (word == "scores")
            return beginGrid(m_scores);
        if (word == "caps") {
            if (m_words.size() == 1)
                return beginGrid(m_caps);
            return readNumbers(m_cap);
        }
        if (parseTileNumber(word))
            return error("numbers that belong to nothing", "write \"scores\" or \"caps\" on a line above them");
        return error("\"" + shown(word) + "\" is not known",
                     "known are name, note, keep, row-sums, column-sums, scores and caps; # begins a comment");
    }

    Status readText(std::string &text, bool &isThere)
    {
        if (isThere)
            return error("\"" + std::string(m_words.front()) + "\" is given twice", "leave one of them out");
        isThere = true;
        text = textAfter(m_line, m_words.front());
        if (!isOneLine(text))
            return error("the text has control characters", "remove them");
        return {};
    }

    Status readKeep()
    {
        std::optional<std::vector<double>> numbers;
        if (m_keep)
            return error("\"keep\" is given twice", "leave one of them out");
        if (const Status read = readNumbers(numbers); !read)
            return read;
        if (numbers->size() != 1)
            return error("\"keep\" takes one number", "for 2:4 write \"keep 2\"");
        m_keep = numbers->front();
        return {};
    }

    /// The numbers after the keyword of this line.
    Status readNumbers(std::optional<std::vector<double>> &numbers)
    {
        const std::string keyword(m_words.front());
        if (numbers)
            return error("\"" + keyword + "\" is given twice", "leave one of them out");
        m_words.erase(m_words.begin());
        if (m_words.empty())
            return error("\"" + keyword + "\" has no numbers", "write them on the same line");
        numbers.emplace();
        return takeNumbers(*numbers);
    }

    Status beginGrid(std::optional<std::vector<std::vector<double>>> &grid)
    {
        if (grid)
            return error("\"" + std::string(m_words.front()) + "\" is given twice", "leave one of them out");
        if (m_words.size() > 1)
            return error("numbers stand beside \"" + std::string(m_words.front()) + "\"", "begin them on the next line");
        m_grid = &grid.emplace();
        return {};
    }

    Status readGridRow()
    {
        if (m_grid->size() == std::size_t(TileProblem::maxSide))
            return error("there are more than " + std::to_string(TileProblem::maxSide) + " rows",
                         "a tile has at most so many");
        m_grid->emplace_back();
        if (const Status taken = takeNumbers(m_grid->back()); !taken)
            return taken;
        if (m_grid->back().size() != m_grid->front().size())
            return error("this row has " + std::to_string(m_grid->back().size()) + " numbers, the first one " +
                             std::to_string(m_grid->front().size()),
                         "give as many in every row");
        return {};
    }

    Status takeNumbers(std::vector<double> &numbers)
    {
        if (m_words.size() > std::size_t(TileProblem::maxSide))
            return error("there are " + std::to_string(m_words.size()) + " numbers on the line",
                         "a tile has at most " + std::to_string(TileProblem::maxSide) + " columns");
        for (const std::string_view word : m_words) {
            const std::optional<double> number = parseTileNumber(word);
            if (!number)
                return error("\"" + shown(word) + "\" is not a number", "write numbers as 1.5 or 2e-3, with blanks between");
            numbers.push_back(*number);
        }
        return {};
    }

    Result<TileProblem> finish()
    {
        if (!m_scores || m_scores->empty())
            return fail(ErrorKind::Input, m_where, "has no scores", "write \"scores\", and the rows below it");
        m_tile.scores = gridOf(*m_scores);
        const std::size_t rows = m_scores->size(), cols = m_scores->front().size();
        if (!m_keep && !(m_rowSums && m_colSums))
            return fail(ErrorKind::Input, m_where, "does not say what its rows and columns keep",
                        "write \"keep N\", or both \"row-sums\" and \"column-sums\"");
        m_tile.rowSums = m_rowSums ? spread(*m_rowSums, rows) : std::vector<double>(rows, *m_keep);
        m_tile.colSums = m_colSums ? spread(*m_colSums, cols) : std::vector<double>(cols, *m_keep);
        if (m_caps && m_cap)
            return fail(ErrorKind::Input, m_where, "has both one cap for all entries and a grid of caps",
                        "leave one of them out");
        if (m_caps && m_caps->empty())
            return fail(ErrorKind::Input, m_where, "has no caps below \"caps\"", "write one for each entry");
        if (m_cap && m_cap->size() != 1)
            return fail(ErrorKind::Input, m_where, "has " + std::to_string(m_cap->size()) + " numbers beside \"caps\"",
                        "write one cap for all entries there, or one for each entry below it");
        m_tile.caps = m_caps ? gridOf(*m_caps) : Matrix<double>(std::int64_t(rows), std::int64_t(cols));
        if (!m_caps)
            std::fill_n(m_tile.caps.data(), m_tile.caps.size(), m_cap ? m_cap->front() : m_keep ? 1.0 : TileProblem::noCap);
        if (const Status valid = m_tile.validateNumbers(); !valid)
            return fail(ErrorKind::Input, m_where, valid.error().what, valid.error().remedy);
        return std::move(m_tile);
    }

    /// One sum for all lines may be written once.
    static std::vector<double> spread(const std::vector<double> &sums, std::size_t count)
    {
        return sums.size() == 1 ? std::vector<double>(count, sums.front()) : sums;
    }

    static Matrix<double> gridOf(const std::vector<std::vector<double>> &rows)
    {
        Matrix<double> grid(std::int64_t(rows.size()), std::int64_t(rows.front().size()));
        for (std::size_t row = 0; row < rows.size(); ++row)
            std::ranges::copy(rows[row], grid.span().row(std::int64_t(row)).begin());
        return grid;
    }

    std::string_view m_left;
    const std::string &m_where;
    std::string_view m_line;
    std::vector<std::string_view> m_words;
    int m_number = 0;

    TileProblem m_tile;
    bool m_hasName = false;
    bool m_hasNote = false;
    std::optional<double> m_keep;
    std::optional<std::vector<double>> m_rowSums;
    std::optional<std::vector<double>> m_colSums;
    std::optional<std::vector<double>> m_cap;
    std::optional<std::vector<std::vector<double>>> m_scores;
    std::optional<std::vector<std::vector<double>>> m_caps;
    std::vector<std::vector<double>> *m_grid = nullptr; // that the rows of numbers belong to
};

void appendLine(std::string &text, std::string_view keyword, std::span<const double> numbers)
{
    text += keyword;
    for (const double number : numbers) {
        if (!text.empty() && text.back() != '\n')
            text += ' ';
        text += tileNumberText(number);
    }
    text += '\n';
}

void appendGrid(std::string &text, std::string_view keyword, const Matrix<double> &grid)
{
    text += std::string(keyword) + '\n';
    for (std::int64_t row = 0; row < grid.rows(); ++row)
        appendLine(text, {}, grid.span().row(row));
}

} // namespace

Result<TileProblem> parseTile(std::string_view text, const std::string &where)
{
    if (text.size() > maxTileTextBytes)
        return fail(ErrorKind::Input, where, "is longer than a tile file can be", "a tile has at most 64 × 64 entries");
    return Parser(text, where).parse();
}

std::string tileText(const TileProblem &tile)
{
    std::string text = std::string(tileMagic) + " 1\n";
    if (!tile.name.empty())
        text += "name " + tile.name + '\n';
    if (!tile.note.empty())
        text += "note " + tile.note + '\n';
    if (const auto pattern = tile.pattern()) {
        text += "keep " + std::to_string(pattern->n) + '\n';
    } else {
        appendLine(text, "row-sums", tile.rowSums);
        appendLine(text, "column-sums", tile.colSums);
        const double cap = tile.caps(0, 0);
        if (!std::all_of(tile.caps.data(), tile.caps.data() + tile.caps.size(), [cap](double c) { return c == cap; }))
            appendGrid(text, "caps", tile.caps);
        else if (cap != TileProblem::noCap)
            appendLine(text, "caps", {&cap, 1});
    }
    appendGrid(text, "scores", tile.scores);
    return text;
}

} // namespace nms
