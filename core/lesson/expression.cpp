// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace nms::lesson {

struct Expression::Node {
    enum class Kind { Number, Reference, Negate, Binary, Function };
    Kind kind = Kind::Number;
    double number = 0;
    char sign = 0; // of Binary
    std::string name; // of Function
    Reference reference; // its arguments are children
    std::vector<Node> children;
};

namespace {

using Node = Expression::Node;

constexpr int deepest = 32; // parentheses within one another

class Reader
{
public:
    explicit Reader(std::string_view text) : m_text(text) { }

    Result<Node> read()
    {
        if (m_text.size() > std::size_t(largestExpression))
            return problem("is longer than " + std::to_string(largestExpression) + " bytes");
        Result<Node> sum = readSum();
        if (sum && !isAtEnd())
            return problem("has something after its end");
        return sum;
    }

private:
    Unexpected<Error> problem(const std::string &what) const
    {
        return fail(ErrorKind::Input,
                    "expression \"" + std::string(m_text.substr(0, 80)) + "\", character " + std::to_string(m_at + 1), what,
                    "write for example: best.kept - greedy.kept");
    }

    void skipSpaces()
    {
        while (m_at < m_text.size() && m_text[m_at] == ' ')
            ++m_at;
    }
    bool isAtEnd()
    {
        skipSpaces();
        return m_at >= m_text.size();
    }
    bool take(char letter)
    {
        skipSpaces();
        if (m_at >= m_text.size() || m_text[m_at] != letter)
            return false;
        ++m_at;
        return true;
    }

    Result<Node> readSum()
    {
        if (m_depth >= deepest)
            return problem("has too many parentheses within one another");
        ++m_depth;
        Result<Node> sum = readChain("+-", [this] { return readChain("*/", [this] { return readSigned(); }); });
        --m_depth;
        return sum;
    }

    template <class Next> Result<Node> readChain(std::string_view signs, const Next &next)
    {
        Result<Node> left = next();
        while (left && !isAtEnd() && signs.find(m_text[m_at]) != std::string_view::npos) {
            const char sign = m_text[m_at++];
            Result<Node> right = next();
            if (!right)
                return right;
            left = binary(sign, std::move(*left), std::move(*right));
        }
        return left;
    }

    static Node binary(char sign, Node left, Node right)
    {
        Node node;
        node.kind = Node::Kind::Binary;
        node.sign = sign;
        node.children.push_back(std::move(left));
        node.children.push_back(std::move(right));
        return node;
    }

    /// −2^2 is −4.
    Result<Node> readSigned()
    {
        if (take('-')) {
            if (++m_signs > deepest)
                return problem("has too many signs");
            Result<Node> inner = readSigned();
            if (!inner)
                return inner;
            Node node;
            node.kind = Node::Kind::Negate;
            node.children.push_back(std::move(*inner));
            return node;
        }
        Result<Node> base = readPrimary();
        if (!base || !take('^'))
            return base;
        if (++m_signs > deepest)
            return problem("has too many powers");
        Result<Node> power = readSigned();
        if (!power)
            return power;
        return binary('^', std::move(*base), std::move(*power));
    }

    Result<Node> readPrimary()
    {
        if (isAtEnd())
            return problem("ends where a number, a name or ( is expected");
        if (take('(')) {
            Result<Node> inner = readSum();
            if (inner && !take(')'))
                return problem("has a ( without )");
            return inner;
        }
        const auto letter = static_cast<unsigned char>(m_text[m_at]);
        if (std::isdigit(letter) || letter == '.')
            return readNumber();
        if (std::isalpha(letter))
            return readNamed();
        return problem("has a \"" + std::string(1, m_text[m_at]) + "\" where a number, a name or ( is expected");
    }

    Result<Node> readNumber()
    {
        Node node;
        const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), node.number);
        if (error != std::errc())
            return problem("has a number that cannot be read");
        m_at = std::size_t(end - m_text.data());
        return node;
    }

    std::string readName()
    {
        const std::size_t begin = m_at;
        while (m_at < m_text.size() && (std::isalnum(static_cast<unsigned char>(m_text[m_at])) || m_text[m_at] == '_'))
            ++m_at;
        return std::string(m_text.substr(begin, m_at - begin));
    }

    Result<std::vector<Node>> readArguments()
    {
        std::vector<Node> arguments;
        do {
            Result<Node> argument = readSum();
            if (!argument)
                return fail(argument.error());
            arguments.push_back(std::move(*argument));
        } while (take(','));
        if (!take(')'))
            return problem("has a ( without )");
        return arguments;
    }

    Result<Node> readNamed()
    {
        Node node;
        const std::string name = readName();
        if (take('(')) {
            const bool isOne = name == "abs" || name == "sqrt" || name == "exp" || name == "log";
            if (!isOne && name != "min" && name != "max")
                return problem("uses the function \"" + name + "\", which is not known");
            Result<std::vector<Node>> arguments = readArguments();
            if (!arguments)
                return fail(arguments.error());
            if (isOne && arguments->size() != 1)
                return problem("gives " + name + " more than one argument");
            node.kind = Node::Kind::Function;
            node.name = name;
            node.children = std::move(*arguments);
            return node;
        }
        node.kind = Node::Kind::Reference;
        node.reference.caseName = name;
        if (take('@')) {
            int iteration = 0;
            const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), iteration);
            if (error != std::errc() || iteration < 0)
                return problem("needs an iteration from 0 (the start) after @");
            m_at = std::size_t(end - m_text.data());
            node.reference.iteration = iteration;
        }
        if (!take('.'))
            return problem("names the case \"" + name + "\" without a figure of it");
        node.reference.property = readName();
        if (node.reference.property.empty())
            return problem("needs the name of a figure after the point");
        if (take('(')) {
            Result<std::vector<Node>> arguments = readArguments();
            if (!arguments)
                return fail(arguments.error());
            node.children = std::move(*arguments);
        }
        return node;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_depth = 0;
    int m_signs = 0;
};

double callFunction(const std::string &function, const std::vector<double> &values)
{
    if (function == "abs")
        return std::abs(values[0]);
    if (function == "sqrt")
        return std::sqrt(values[0]);
    if (function == "exp")
        return std::exp(values[0]);
    if (function == "log")
        return std::log(values[0]);
    return function == "min" ? std::ranges::min(values) : std::ranges::max(values);
}

double combine(char sign, double left, double right)
{
    switch (sign) {
    case '+':
        return left + right;
    case '-':
        return left - right;
    case '*':
        return left * right;
    case '/':
        return left / right;
    case '^':
        return std::pow(left, right);
    default:
        return std::numeric_limits<double>::quiet_NaN();
    }
}

Result<double> valueOf(const Node &node, const std::function<Result<double>(const Reference &)> &lookup)
{
    std::vector<double> values;
    for (const Node &child : node.children) {
        const Result<double> value = valueOf(child, lookup);
        if (!value)
            return value;
        values.push_back(*value);
    }
    switch (node.kind) {
    case Node::Kind::Number:
        return node.number;
    case Node::Kind::Negate:
        return -values[0];
    case Node::Kind::Binary:
        return combine(node.sign, values[0], values[1]);
    case Node::Kind::Function:
        return callFunction(node.name, values);
    case Node::Kind::Reference: {
        Reference reference = node.reference;
        reference.arguments = std::move(values);
        return lookup(reference);
    }
    }
    return std::numeric_limits<double>::quiet_NaN();
}

void collect(const Node &node, std::vector<Reference> &all)
{
    if (node.kind == Node::Kind::Reference) {
        all.push_back(node.reference);
        all.back().arguments.assign(node.children.size(), std::numeric_limits<double>::quiet_NaN());
    }
    for (const Node &child : node.children)
        collect(child, all);
}

} // namespace

Result<Expression> Expression::parse(std::string_view text)
{
    Result<Node> root = Reader(text).read();
    if (!root)
        return fail(root.error());
    Expression expression;
    expression.m_text = text;
    expression.m_root = std::make_shared<const Node>(std::move(*root));
    return expression;
}

std::vector<Reference> Expression::references() const
{
    std::vector<Reference> all;
    if (m_root)
        collect(*m_root, all);
    return all;
}

Result<double> Expression::evaluate(const std::function<Result<double>(const Reference &)> &lookup) const
{
    return m_root ? valueOf(*m_root, lookup) : Result<double>(std::numeric_limits<double>::quiet_NaN());
}

} // namespace nms::lesson
