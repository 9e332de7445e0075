// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/formula.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

namespace nms::lesson {

namespace {

using Kind = FormulaNode::Kind;
using Style = FormulaNode::Style;

struct Named {
    std::string_view text;
    Style style;
};

/// Commands that stand for one symbol.
const std::map<std::string_view, Named> &symbols()
{
    static const std::map<std::string_view, Named> all = {
        {"alpha", {"α", Style::Italic}},
        {"beta", {"β", Style::Italic}},
        {"gamma", {"γ", Style::Italic}},
        {"delta", {"δ", Style::Italic}},
        {"epsilon", {"ε", Style::Italic}},
        {"varepsilon", {"ε", Style::Italic}},
        {"eta", {"η", Style::Italic}},
        {"theta", {"θ", Style::Italic}},
        {"kappa", {"κ", Style::Italic}},
        {"lambda", {"λ", Style::Italic}},
        {"mu", {"μ", Style::Italic}},
        {"nu", {"ν", Style::Italic}},
        {"xi", {"ξ", Style::Italic}},
        {"pi", {"π", Style::Italic}},
        {"rho", {"ρ", Style::Italic}},
        {"sigma", {"σ", Style::Italic}},
        {"tau", {"τ", Style::Italic}},
        {"phi", {"φ", Style::Italic}},
        {"psi", {"ψ", Style::Italic}},
        {"omega", {"ω", Style::Italic}},
        {"Delta", {"Δ", Style::Upright}},
        {"Lambda", {"Λ", Style::Upright}},
        {"Sigma", {"Σ", Style::Upright}},
        {"Omega", {"Ω", Style::Upright}},
        {"infty", {"∞", Style::Upright}},
        {"partial", {"∂", Style::Upright}},
        {"nabla", {"∇", Style::Upright}},
        {"top", {"⊤", Style::Upright}},
        {"ell", {"ℓ", Style::Italic}},
        {"ldots", {"…", Style::Upright}},
        {"dots", {"…", Style::Upright}},
        {"cdots", {"⋯", Style::Upright}},
        {"vdots", {"⋮", Style::Upright}},
        {"prime", {"′", Style::Upright}},
        {"forall", {"∀", Style::Upright}},
        {"langle", {"⟨", Style::Upright}},
        {"rangle", {"⟩", Style::Upright}},
        {"lVert", {"‖", Style::Upright}},
        {"rVert", {"‖", Style::Upright}},
        {"lbrace", {"{", Style::Upright}},
        {"rbrace", {"}", Style::Upright}},
        {"sum", {"∑", Style::Large}},
        {"prod", {"∏", Style::Large}},
        {"max", {"max", Style::Upright}},
        {"min", {"min", Style::Upright}},
        {"log", {"log", Style::Upright}},
        {"ln", {"ln", Style::Upright}},
        {"exp", {"exp", Style::Upright}},
        {"diag", {"diag", Style::Upright}},
        {"le", {"≤", Style::Operator}},
        {"ge", {"≥", Style::Operator}},
        {"ne", {"≠", Style::Operator}},
        {"approx", {"≈", Style::Operator}},
        {"in", {"∈", Style::Operator}},
        {"to", {"→", Style::Operator}},
        {"gets", {"←", Style::Operator}},
        {"leftarrow", {"←", Style::Operator}},
        {"Rightarrow", {"⇒", Style::Operator}},
        {"Leftrightarrow", {"⇔", Style::Operator}},
        {"cdot", {"·", Style::Operator}},
        {"times", {"×", Style::Operator}},
        {"odot", {"⊙", Style::Operator}},
        {"oslash", {"⊘", Style::Operator}},
        {"pm", {"±", Style::Operator}},
        {"cap", {"∩", Style::Operator}},
        {"cup", {"∪", Style::Operator}},
        {"subset", {"⊂", Style::Operator}},
        {"mid", {"|", Style::Operator}},
        {"propto", {"∝", Style::Operator}},
        {"sim", {"∼", Style::Operator}},
    };
    return all;
}

/// Spaces, in em.
const std::map<std::string_view, double> &spaces()
{
    static const std::map<std::string_view, double> all = {{",", 0.17},  {":", 0.22}, {";", 0.28}, {" ", 0.25},
                                                           {"!", -0.17}, {"quad", 1}, {"qquad", 2}};
    return all;
}

const std::map<std::string_view, std::string_view> &accents()
{
    static const std::map<std::string_view, std::string_view> all = {{"hat", "^"}, {"bar", "¯"}, {"tilde", "~"}};
    return all;
}

/// Commands whose group is text in a style.
const std::map<std::string_view, Style> &styles()
{
    static const std::map<std::string_view, Style> all = {
        {"mathbf", Style::Bold}, {"mathrm", Style::Upright}, {"text", Style::Upright}, {"operatorname", Style::Upright}};
    return all;
}

constexpr std::array structures{"frac", "sqrt", "left", "right", "begin", "end"};

FormulaNode symbol(std::string_view text, Style style)
{
    FormulaNode node;
    node.kind = Kind::Symbol;
    node.style = style;
    node.text = text;
    return node;
}

class Reader
{
public:
    explicit Reader(std::string_view tex) : m_tex(tex) { }

    Result<FormulaNode> read()
    {
        if (m_tex.size() > std::size_t(largestFormula))
            return problem("is longer than " + std::to_string(largestFormula) + " bytes", "split it");
        Result<FormulaNode> row = readRow({});
        if (row && m_at < m_tex.size())
            return problem("has a \"" + std::string(m_tex.substr(m_at, 1)) + "\" that closes nothing", "remove it");
        return row;
    }

private:
    Unexpected<Error> problem(const std::string &what, const std::string &remedy) const
    {
        return fail(ErrorKind::Input,
                    "formula \"" + std::string(m_tex.substr(0, 60)) + "\", character " + std::to_string(m_at + 1), what,
                    remedy);
    }

    bool isAt(std::string_view text) const { return m_tex.substr(m_at).starts_with(text); }

    bool take(std::string_view text)
    {
        if (!isAt(text))
            return false;
        m_at += text.size();
        return true;
    }

    /// Until one of `ends` (which is not taken), a closing brace or the end.
    Result<FormulaNode> readRow(std::initializer_list<std::string_view> ends)
    {
        if (++m_depth > deepestFormula)
            return problem("has more than " + std::to_string(deepestFormula) + " groups within one another",
                           "make it simpler");
        FormulaNode row;
        while (m_at < m_tex.size() && !isAt("}")) {
            if (std::ranges::any_of(ends, [&](std::string_view end) { return isAt(end); }))
                break;
            if (m_tex[m_at] == ' ' || m_tex[m_at] == '\n') {
                ++m_at;
                continue;
            }
            if (isAt("^") || isAt("_")) {
                if (const Status added = addScript(row); !added)
                    return fail(added.error());
                continue;
            }
            Result<FormulaNode> atom = readAtom();
            if (!atom)
                return atom;
            row.children.push_back(std::move(*atom));
        }
        --m_depth;
        return row;
    }

    Status addScript(FormulaNode &row)
    {
        if (row.children.empty())
            return problem("has an index or exponent without anything before it", "put {} before it");
        const std::size_t which = m_tex[m_at++] == '_' ? 1 : 2;
        Result<FormulaNode> script = readArgument();
        if (!script)
            return fail(script.error());
        FormulaNode &last = row.children.back();
        if (last.kind != Kind::Scripts) {
            FormulaNode scripts;
            scripts.kind = Kind::Scripts;
            scripts.limits =
                last.kind == Kind::Symbol && (last.style == Style::Large || last.text == "max" || last.text == "min");
            scripts.children = {std::move(last), {}, {}};
            last = std::move(scripts);
        }
        if (last.children[which] != FormulaNode())
            return problem("has two indices or two exponents in the same place", "group them with { }");
        last.children[which] = std::move(*script);
        return {};
    }

    /// A group in braces, or one symbol.
    Result<FormulaNode> readArgument()
    {
        while (take(" ")) { }
        if (m_at >= m_tex.size())
            return problem("ends where an argument is expected", "add { }");
        if (!take("{"))
            return readAtom();
        Result<FormulaNode> row = readRow({});
        if (row && !take("}"))
            return problem("has a { without }", "close it");
        return row;
    }

    Result<FormulaNode> readAtom()
    {
        const char letter = m_tex[m_at];
        if (letter == '{')
            return readArgument();
        if (letter == '\\')
            return readCommand();
        if (letter == '&')
            return problem("has an & outside a matrix", "use \\begin{pmatrix} … \\end{pmatrix}");
        if (letter == '$' || letter == '#' || letter == '%' || letter == '~')
            return problem("has a \"" + std::string(1, letter) + "\"", "it has no meaning here");
        if (std::isdigit(static_cast<unsigned char>(letter)) || letter == '.') {
            const std::size_t begin = m_at;
            while (m_at < m_tex.size() && (std::isdigit(static_cast<unsigned char>(m_tex[m_at])) || m_tex[m_at] == '.'))
                ++m_at;
            return symbol(m_tex.substr(begin, m_at - begin), Style::Upright);
        }
        if (std::isalpha(static_cast<unsigned char>(letter)))
            return symbol(m_tex.substr(m_at++, 1), Style::Italic);
        if (take("'"))
            return symbol("′", Style::Upright);
        if (take("-"))
            return symbol("−", Style::Operator);
        if (take("*"))
            return symbol("∗", Style::Upright);
        for (const std::string_view sign : {"=", "+", "<", ">", ":"})
            if (take(sign))
                return symbol(sign, Style::Operator);
        // Punctuation and whatever else is typed as it is to be shown, one character of UTF-8 at a time.
        std::size_t length = 1;
        while (m_at + length < m_tex.size() && (static_cast<unsigned char>(m_tex[m_at + length]) & 0xC0) == 0x80)
            ++length;
        const std::string_view text = m_tex.substr(m_at, length);
        m_at += length;
        return symbol(text, Style::Upright);
    }

    std::string_view readName()
    {
        const std::size_t begin = m_at;
        while (m_at < m_tex.size() && std::isalpha(static_cast<unsigned char>(m_tex[m_at])))
            ++m_at;
        if (m_at == begin && m_at < m_tex.size())
            ++m_at; // \, \{ and their like
        return m_tex.substr(begin, m_at - begin);
    }

    Result<FormulaNode> readCommand()
    {
        ++m_at; // the backslash
        const std::string_view name = readName();
        if (const auto found = symbols().find(name); found != symbols().end())
            return symbol(found->second.text, found->second.style);
        if (const auto found = spaces().find(name); found != spaces().end()) {
            FormulaNode space;
            space.kind = Kind::Space;
            space.size = found->second;
            return space;
        }
        if (name == "{" || name == "}" || name == "|" || name == "$" || name == "%" || name == "_")
            return symbol(name == "|" ? "‖" : name, Style::Upright);
        if (const auto found = styles().find(name); found != styles().end())
            return readStyled(found->second);
        if (const auto found = accents().find(name); found != accents().end())
            return readWith(Kind::Accent, found->second, 1);
        if (name == "frac")
            return readWith(Kind::Fraction, {}, 2);
        if (name == "sqrt")
            return readWith(Kind::Root, {}, 1);
        if (name == "left")
            return readFence();
        if (name == "begin")
            return readMatrix();
        return problem("uses \\" + std::string(name) + ", which is not known here",
                       "assets/lessons/README.md lists the commands of formulas");
    }

    /// Letters of a group as they stand, spaces included.
    Result<FormulaNode> readStyled(Style style)
    {
        if (!take("{"))
            return problem("needs { } here", "write \\mathbf{x}");
        const std::size_t end = m_tex.find('}', m_at);
        const std::string_view text = m_tex.substr(m_at, end == std::string_view::npos ? end : end - m_at);
        if (end == std::string_view::npos || text.find_first_of("{\\$") != std::string_view::npos)
            return problem("has something other than letters in a group of text", "put only letters there");
        m_at = end + 1;
        return symbol(text, style);
    }

    Result<FormulaNode> readWith(Kind kind, std::string_view text, int arguments)
    {
        FormulaNode node;
        node.kind = kind;
        node.text = text;
        for (int k = 0; k < arguments; ++k) {
            Result<FormulaNode> argument = readArgument();
            if (!argument)
                return argument;
            node.children.push_back(std::move(*argument));
        }
        return node;
    }

    /// "(", "\{", "\langle", "." for none
    Result<std::string> readDelimiter()
    {
        if (m_at < m_tex.size() && m_tex[m_at] == '\\') {
            ++m_at;
            const std::string_view name = readName();
            if (name == "{" || name == "}")
                return std::string(name);
            if (name == "|")
                return std::string("‖");
            if (const auto found = symbols().find(name); found != symbols().end() && found->second.style == Style::Upright)
                return std::string(found->second.text);
        } else if (m_at < m_tex.size() && std::string_view("()[]|.").find(m_tex[m_at]) != std::string_view::npos) {
            const char letter = m_tex[m_at++];
            return letter == '.' ? std::string() : std::string(1, letter);
        }
        return problem("needs a bracket here", "use one of ( ) [ ] | . \\{ \\} \\langle \\rangle \\lVert \\rVert");
    }

    Result<FormulaNode> readFence()
    {
        FormulaNode fence;
        fence.kind = Kind::Fence;
        const Result<std::string> open = readDelimiter();
        if (!open)
            return fail(open.error());
        Result<FormulaNode> body = readRow({"\\right"});
        if (!body)
            return body;
        if (!take("\\right"))
            return problem("has a \\left without \\right", "close it");
        const Result<std::string> close = readDelimiter();
        if (!close)
            return fail(close.error());
        fence.text = *open;
        fence.close = *close;
        fence.children.push_back(std::move(*body));
        return fence;
    }

    Result<FormulaNode> readMatrix()
    {
        const bool isRound = take("{pmatrix}");
        if (!isRound && !take("{bmatrix}"))
            return problem("begins something other than pmatrix or bmatrix", "only these two are known");
        const std::string_view end = isRound ? "\\end{pmatrix}" : "\\end{bmatrix}";
        FormulaNode matrix;
        matrix.kind = Kind::Matrix;
        int columns = 0;
        while (true) {
            Result<FormulaNode> cell = readRow({"&", "\\\\", end});
            if (!cell)
                return cell;
            matrix.children.push_back(std::move(*cell));
            ++columns;
            if (take("&"))
                continue;
            if (matrix.columns != 0 && columns != matrix.columns)
                return problem("has rows of different lengths in a matrix", "give every row the same number of &");
            matrix.columns = columns;
            columns = 0;
            if (take("\\\\"))
                continue;
            if (take(end))
                break;
            return problem("has a matrix without its end", "add " + std::string(end));
        }
        FormulaNode fence;
        fence.kind = Kind::Fence;
        fence.text = isRound ? "(" : "[";
        fence.close = isRound ? ")" : "]";
        fence.children.push_back(std::move(matrix));
        return fence;
    }

    std::string_view m_tex;
    std::size_t m_at = 0;
    int m_depth = 0;
};

} // namespace

Result<FormulaNode> parseFormula(std::string_view tex)
{
    return Reader(tex).read();
}

std::string plainText(const FormulaNode &formula)
{
    std::string text;
    const auto child = [&](std::size_t k) {
        return plainText(formula.children[k]);
    };
    const auto group = [](const std::string &inner) {
        return "(" + inner + ")";
    };
    switch (formula.kind) {
    case Kind::Row:
        for (const FormulaNode &each : formula.children)
            text += plainText(each);
        return text;
    case Kind::Symbol:
        return formula.style == Style::Operator ? " " + formula.text + " " : formula.text;
    case Kind::Space:
        return formula.size > 0.5 ? "  " : formula.size > 0 ? " " : "";
    case Kind::Fraction:
        return group(child(0)) + "/" + group(child(1));
    case Kind::Root:
        return "√" + group(child(0));
    case Kind::Scripts:
        text = child(0);
        if (!child(1).empty())
            text += "_" + group(child(1));
        if (!child(2).empty())
            text += "^" + group(child(2));
        return text;
    case Kind::Accent:
        return child(0) + formula.text;
    case Kind::Fence:
        return formula.text + child(0) + formula.close;
    case Kind::Matrix:
        for (std::size_t k = 0; k < formula.children.size(); ++k)
            text += (k == 0 ? "" : int(k) % formula.columns == 0 ? "; " : " ") + child(k);
        return text;
    }
    return text;
}

std::vector<std::string> formulaCommands()
{
    std::vector<std::string> names(structures.begin(), structures.end());
    for (const auto &[name, unused] : symbols())
        names.emplace_back(name);
    for (const auto &[name, unused] : spaces())
        names.emplace_back(name);
    for (const auto &[name, unused] : accents())
        names.emplace_back(name);
    for (const auto &[name, unused] : styles())
        names.emplace_back(name);
    std::ranges::sort(names);
    return names;
}

} // namespace nms::lesson
