// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy/header.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/disk/text.h"
#include "core/io/npy/type.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

namespace nms {

namespace {

constexpr std::size_t mostDimensions = 64; // NumPy's own limit

/// Parses the dict literal, with only the part of Python's syntax that NumPy writes: strings, True and False, and a tuple of
/// integers.
class HeaderParser
{
public:
    explicit HeaderParser(std::string_view text) : m_text(text) { }

    /// False on failure: see `problem`.
    bool parse();

    std::string problem;
    std::string_view descr; // empty for a structured type, which is not a string
    bool fortranOrder = false;
    std::vector<std::int64_t> shape;

private:
    bool refuse(const std::string &what)
    {
        problem = what + " at byte " + std::to_string(m_at) + " of its dict";
        return false;
    }
    void skipSpaces()
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n'))
            ++m_at;
    }
    /// Skips spaces and `text`; false if something else comes next.
    bool take(std::string_view text)
    {
        skipSpaces();
        if (!m_text.substr(m_at).starts_with(text))
            return false;
        m_at += text.size();
        return true;
    }
    std::optional<std::string_view> takeString();
    bool takeValue(std::string_view key);
    bool takeDescr();
    bool takeShape();
    bool takeSize();

    std::string_view m_text;
    std::size_t m_at = 0;
};

bool HeaderParser::parse()
{
    std::vector<std::string_view> seen;
    if (!take("{"))
        return refuse("does not begin with {");
    while (!take("}")) {
        if (!seen.empty() && !take(","))
            return refuse("has no comma between two keys");
        if (!seen.empty() && take("}"))
            break;
        const auto key = takeString();
        if (!key)
            return refuse("has no key in quotes");
        if (*key != "descr" && *key != "fortran_order" && *key != "shape")
            return refuse("has an unknown key \"" + escaped(*key) + "\"");
        if (std::find(seen.begin(), seen.end(), *key) != seen.end())
            return refuse("has " + std::string(*key) + " twice");
        seen.push_back(*key);
        if (!take(":"))
            return refuse("has no colon behind " + std::string(*key));
        if (!takeValue(*key))
            return false;
    }
    skipSpaces();
    if (m_at != m_text.size())
        return refuse("goes on");
    return seen.size() == 3 || refuse("has not all of descr, fortran_order and shape");
}

bool HeaderParser::takeValue(std::string_view key)
{
    if (key == "descr")
        return takeDescr();
    if (key == "shape")
        return takeShape();
    fortranOrder = take("True");
    return fortranOrder || take("False") || refuse("has a fortran_order that is neither True nor False");
}

/// A string without its quotes; escapes are not decoded.
std::optional<std::string_view> HeaderParser::takeString()
{
    skipSpaces();
    const char quote = m_at < m_text.size() ? m_text[m_at] : '\0';
    if (quote != '\'' && quote != '"')
        return std::nullopt;
    const std::size_t begin = m_at + 1;
    for (std::size_t i = begin; i < m_text.size() && m_text[i] != '\n'; ++i) {
        if (m_text[i] == '\\') {
            ++i;
        } else if (m_text[i] == quote) {
            m_at = i + 1;
            return m_text.substr(begin, i - begin);
        }
    }
    return std::nullopt;
}

/// A string, or the list of a structure's fields, which is skipped with regard to quotes and brackets.
bool HeaderParser::takeDescr()
{
    if (const auto text = takeString()) {
        descr = *text;
        return !descr.empty() || refuse("has an empty descr");
    }
    if (m_at >= m_text.size() || m_text[m_at] != '[')
        return refuse("has a descr that is neither a text nor a list");
    constexpr std::size_t deepest = 32;
    std::string open; // closing brackets of those open now
    do {
        skipSpaces();
        if (m_at >= m_text.size())
            return refuse("has a descr without end");
        const char c = m_text[m_at];
        if (c == '\'' || c == '"') {
            if (!takeString())
                return refuse("has a text without end");
            continue;
        }
        if (c == '[' || c == '(') {
            if (open.size() >= deepest)
                return refuse("has a descr nested more than 32 deep");
            open += c == '[' ? ']' : ')';
        } else if (c == ']' || c == ')') {
            if (open.back() != c)
                return refuse("has brackets that do not match");
            open.pop_back();
        }
        ++m_at;
    } while (!open.empty());
    return true;
}

bool HeaderParser::takeShape()
{
    if (!take("("))
        return refuse("has a shape that is no tuple");
    bool comma = false;
    while (!take(")")) {
        if (!shape.empty() && !comma)
            return refuse("has no comma between two sizes");
        if (!takeSize())
            return false;
        comma = take(",");
    }
    return shape.size() != 1 || comma || refuse("has a shape that is a number, not a tuple");
}

bool HeaderParser::takeSize()
{
    skipSpaces();
    const std::size_t begin = m_at;
    std::int64_t size = 0;
    for (; m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9'; ++m_at)
        if (__builtin_mul_overflow(size, 10, &size) || __builtin_add_overflow(size, m_text[m_at] - '0', &size))
            return refuse("has a size beyond 2^63");
    if (m_at == begin)
        return refuse("has a size that is not a whole number from 0 on");
    if (m_text[begin] == '0' && m_at > begin + 1)
        return refuse("has a size that begins with 0");
    if (m_at < m_text.size() && m_text[m_at] == 'L') // as Python 2 wrote it
        ++m_at;
    if (shape.size() >= mostDimensions)
        return refuse("has more than 64 dimensions");
    shape.push_back(size);
    return true;
}

/// What comes before the dict.
struct Preamble {
    std::int64_t bytes = 0;
    std::int64_t dictBytes = 0;
    bool utf8 = false; // encoding of the dict's text; Latin-1 in versions 1 and 2
};

Result<Preamble> readPreamble(const ReadAt &readAt, std::int64_t bytes, const std::string &where)
{
    const auto refuse = [&](const std::string &what) {
        return fail(ErrorKind::Input, where, "is no valid NumPy array: it " + what, "get the file again");
    };
    constexpr std::size_t most = 12;
    std::array<unsigned char, most> begin = {};
    const std::size_t there = std::min(most, std::size_t(bytes));
    if (Status read = readAt(0, std::as_writable_bytes(std::span(begin)).first(there)); !read)
        return fail(read.error());
    if (there < 10 || std::memcmp(begin.data(), npyMagic.data(), npyMagic.size()) != 0)
        return refuse("does not begin with NumPy's signature and version");
    const int major = begin[6], minor = begin[7];
    if (major < 1 || major > 3 || minor != 0)
        return fail(ErrorKind::Unsupported, where,
                    "is a NumPy array of version " + std::to_string(major) + "." + std::to_string(minor) +
                        ", which is not known",
                    "save it with numpy.save anew");
    if (major > 1 && there < most)
        return refuse("ends within its first 12 bytes");
    Preamble preamble;
    preamble.bytes = major == 1 ? 10 : 12;
    preamble.utf8 = major == 3;
    for (std::int64_t i = preamble.bytes; i-- > 8;)
        preamble.dictBytes = preamble.dictBytes << 8 | begin[std::size_t(i)];
    return preamble;
}

} // namespace

Result<NpyHeader> readNpyHeader(const ReadAt &readAt, std::int64_t bytes, const std::string &where)
{
    const auto preamble = readPreamble(readAt, bytes, where);
    if (!preamble)
        return fail(preamble.error());
    const auto refuse = [&](const std::string &what) {
        return fail(ErrorKind::Input, where, "is no valid NumPy array: its header " + what, "get the file again");
    };
    const std::int64_t room = bytes - preamble->bytes;
    if (preamble->dictBytes > room)
        return refuse("claims " + std::to_string(preamble->dictBytes) + " bytes, but there are only " +
                      std::to_string(room) + " more");
    if (preamble->dictBytes > npyHeaderLimit)
        return refuse("claims " + std::to_string(preamble->dictBytes) + " bytes; more than " +
                      std::to_string(npyHeaderLimit) + " are not read");
    std::string text(std::size_t(preamble->dictBytes), '\0');
    if (Status read = readAt(preamble->bytes, std::as_writable_bytes(std::span(text))); !read)
        return fail(read.error());
    if (preamble->utf8 && !isUtf8(text))
        return refuse("is no UTF-8");
    HeaderParser dict(text);
    if (!dict.parse())
        return refuse(dict.problem);

    NpyType type = dict.descr.empty() ? NpyType::structured() : NpyType::named(dict.descr);
    NpyHeader header;
    header.tensor.shape = dict.shape;
    header.tensor.dtype = type.dtype;
    header.tensor.storedType = dict.descr.empty() ? "structure" : escaped(dict.descr);
    header.tensor.unreadable = std::move(type.unreadable);
    header.tensor.note = std::move(type.note);
    header.tensor.holdsNumbers = type.holdsNumbers;
    header.bigEndian = type.bigEndian;
    header.fortranOrder = dict.fortranOrder && dict.shape.size() > 1;
    header.tensor.layout = header.fortranOrder ? "contiguous, Fortran order" : "contiguous";
    header.dataOffset = preamble->bytes + preamble->dictBytes;

    const auto elements = checkedProduct(dict.shape);
    if (!elements)
        return refuse("claims a shape of " + formatShape(dict.shape) + ", more than can be counted");
    if (type.bytes == 0)
        return header; // its size is known only to Python
    const std::int64_t dataRoom = bytes - header.dataOffset;
    const auto dataBytes = checkedMultiply(*elements, type.bytes);
    if (!dataBytes || *dataBytes > dataRoom)
        return refuse("claims " + formatShape(dict.shape) + " " + header.tensor.storedType + ", but only " +
                      std::to_string(dataRoom) + " bytes follow: it is cut off");
    header.trailingBytes = dataRoom - *dataBytes;
    return header;
}

} // namespace nms
