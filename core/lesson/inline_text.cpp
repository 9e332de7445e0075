// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/inline_text.h"

#include "core/lesson/markdown_blocks.h"

#include <algorithm>
#include <cctype>

namespace nms::lesson {

namespace {

std::string trimmed(const std::string &text)
{
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

class Scanner
{
public:
    Scanner(Lesson &lesson, const std::vector<std::pair<int, std::string>> &lines) : m_lesson(lesson)
    {
        for (const auto &[number, line] : lines) {
            m_text += line + "\n";
            m_numbers.insert(m_numbers.end(), line.size() + 1, number);
        }
    }

    Result<Markdown> scan()
    {
        while (m_at < m_text.size()) {
            const bool isLineStart = m_at == 0 || m_text[m_at - 1] == '\n';
            if (isLineStart && m_text.compare(m_at, 3, "```") == 0) {
                copyUntil("\n```", 4);
                continue;
            }
            Status taken;
            switch (m_text[m_at]) {
            case '`':
                copyUntil("`", 1);
                break;
            case '\\':
                takeEscape();
                break;
            case '$':
                taken = takeFormula();
                break;
            case '{':
                taken = takeFigure();
                break;
            case '!':
                taken = takeImage();
                break;
            default:
                m_out += m_text[m_at++];
            }
            if (!taken)
                return fail(taken.error());
        }
        while (m_out.ends_with('\n'))
            m_out.pop_back();
        return m_out;
    }

private:
    int line() const { return m_numbers.empty() ? 0 : m_numbers[std::min(m_at, m_numbers.size() - 1)]; }
    std::string place() const { return placeOf(m_lesson.file, line()); }

    Status limit(std::size_t count, const char *what) const
    {
        if (count < mostFormulas)
            return {};
        return fail(ErrorKind::Input, place(), std::string("the lesson has too many ") + what, "split it");
    }

    void copyUntil(std::string_view end, std::size_t length)
    {
        const std::size_t found = m_text.find(end, m_at + 1);
        const std::size_t stop = found == std::string::npos ? m_text.size() : found + length;
        m_out.append(m_text, m_at, stop - m_at);
        m_at = stop;
    }

    void takeEscape()
    {
        if (m_text.compare(m_at, 2, "\\$") == 0)
            m_out += '$';
        else
            m_out.append(m_text, m_at, 2);
        m_at = std::min(m_at + 2, m_text.size());
    }

    Status takeFormula()
    {
        const bool isDisplayed = m_text.compare(m_at, 2, "$$") == 0;
        const std::size_t begin = m_at + (isDisplayed ? 2 : 1);
        const std::size_t end = m_text.find(isDisplayed ? "$$" : "$", begin);
        // An empty line ends a paragraph, and so a formula.
        if (end == std::string::npos || m_text.substr(begin, end - begin).find("\n\n") != std::string::npos)
            return fail(ErrorKind::Input, place(), "begins a formula that does not end",
                        "close it with $; a dollar itself is \\$");
        if (const Status few = limit(m_lesson.formulas.size(), "formulas"); !few)
            return few;
        Formula formula{trimmed(m_text.substr(begin, end - begin)), {}, isDisplayed};
        Result<FormulaNode> tree = parseFormula(formula.tex);
        if (!tree) {
            Error error = tree.error();
            error.where = place() + ": " + error.where;
            return fail(error);
        }
        formula.tree = std::move(*tree);
        if (isDisplayed)
            m_out += "\n\n";
        m_out += "![formula](formula:" + std::to_string(m_lesson.formulas.size()) + ")";
        if (isDisplayed)
            m_out += "\n\n";
        m_lesson.formulas.push_back(std::move(formula));
        m_at = end + (isDisplayed ? 2 : 1);
        return {};
    }

    Status takeFigure()
    {
        if (m_text.compare(m_at, 2, "{{") != 0) {
            m_out += m_text[m_at++];
            return {};
        }
        const std::size_t end = m_text.find("}}", m_at);
        const std::string inner = m_text.substr(m_at + 2, end == std::string::npos ? 0 : end - m_at - 2);
        const std::size_t bar = inner.find('|');
        if (end == std::string::npos || bar == std::string::npos)
            return fail(ErrorKind::Input, place(), "has {{ without | and }}", "write {{NUMBER | EXPRESSION}}");
        if (const Status few = limit(m_lesson.figures.size(), "figures"); !few)
            return few;
        Figure figure{trimmed(inner.substr(0, bar)), {}, line()};
        if (figure.printed.find_first_of("0123456789") == std::string::npos)
            return fail(ErrorKind::Input, place(), "prints \"" + figure.printed + "\", which is no number",
                        "write {{NUMBER | EXPRESSION}}");
        Result<Expression> expression = Expression::parse(trimmed(inner.substr(bar + 1)));
        if (!expression) {
            Error error = expression.error();
            error.where = place() + ": " + error.where;
            return fail(error);
        }
        figure.expression = std::move(*expression);
        m_out += figure.printed;
        m_lesson.figures.push_back(std::move(figure));
        m_at = end + 2;
        return {};
    }

    Status takeImage()
    {
        if (m_text.compare(m_at, 2, "![") != 0) {
            m_out += m_text[m_at++];
            return {};
        }
        const std::size_t open = m_text.find("](", m_at);
        const std::size_t end = open == std::string::npos ? open : m_text.find(')', open);
        if (end == std::string::npos)
            return fail(ErrorKind::Input, place(), "begins an image that does not end", "write ![what it shows](FILE.png)");
        const std::string name = m_text.substr(open + 2, end - open - 2);
        const bool isPlain = !name.empty() && !name.starts_with('.') && name.size() <= 100 &&
            std::ranges::all_of(name, [](unsigned char letter) {
                return std::isalnum(letter) || letter == '.' || letter == '-' || letter == '_';
            });
        if (!isPlain || !(name.ends_with(".png") || name.ends_with(".svg")))
            return fail(ErrorKind::Input, place(), "has the image \"" + name + "\"",
                        "give the name of a .png or .svg file in the folder of the lesson");
        if (const Status few = limit(m_lesson.images.size(), "images"); !few)
            return few;
        m_lesson.images.push_back(name);
        m_out.append(m_text, m_at, end + 1 - m_at);
        m_at = end + 1;
        return {};
    }

    Lesson &m_lesson;
    std::string m_text;
    std::vector<int> m_numbers; // line of each byte
    std::string m_out;
    std::size_t m_at = 0;
};

} // namespace

Result<Markdown> readInlineText(const std::vector<std::pair<int, std::string>> &lines, Lesson &lesson)
{
    return Scanner(lesson, lines).scan();
}

} // namespace nms::lesson
