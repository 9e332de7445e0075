// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/markdown_blocks.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace nms::lesson {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

std::vector<std::string> linesOf(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string line(text.substr(0, end));
        if (line.ends_with('\r'))
            line.pop_back();
        lines.push_back(std::move(line));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// Whether it is UTF-8 without control characters (tabs and line ends excepted).
bool isText(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        if (first < 0x80) {
            if (first < 0x20 && first != '\n' && first != '\r' && first != '\t')
                return false;
            ++at;
            continue;
        }
        const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || at + length > text.size())
            return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[at + k]) & 0xC0) != 0x80)
                return false;
        at += length;
    }
    return true;
}

/// Length of the fence that begins the line; 0 if it begins none.
std::size_t fenceOf(std::string_view line)
{
    const std::size_t length = std::min(line.find_first_not_of('`'), line.size());
    return length >= 3 ? length : 0;
}

constexpr std::array<std::string_view, 3> blockKinds{"case", "state", "question"};

} // namespace

std::string placeOf(const std::string &file, int line)
{
    return file + ":" + std::to_string(line);
}

Result<std::vector<Setting>> settingsOf(const std::vector<std::string> &lines, int firstLine, const std::string &file)
{
    std::vector<Setting> settings;
    for (std::size_t k = 0; k < lines.size(); ++k) {
        const std::string &line = lines[k];
        const int number = firstLine + int(k);
        if (trimmed(line).empty() || line.starts_with('#'))
            continue;
        if (blanks.find(line.front()) != std::string_view::npos) {
            if (settings.empty())
                return fail(ErrorKind::Input, placeOf(file, number), "is indented, but continues nothing",
                            "begin it with a key: value");
            settings.back().value += (settings.back().value.empty() ? "" : "\n") + trimmed(line);
            continue;
        }
        const std::size_t colon = line.find(':');
        const std::string key = trimmed(line.substr(0, colon));
        const bool isKey = colon != std::string::npos && !key.empty() && key.size() <= 40 &&
            std::ranges::all_of(key, [](unsigned char letter) { return std::isalpha(letter) || letter == ' '; });
        if (!isKey)
            return fail(ErrorKind::Input, placeOf(file, number), "is not of the form key: value",
                        "indent it if it continues the line before");
        if (std::ranges::find(settings, key, &Setting::key) != settings.end())
            return fail(ErrorKind::Input, placeOf(file, number), "sets \"" + key + "\" a second time",
                        "remove one of the two");
        settings.push_back({key, trimmed(line.substr(colon + 1)), number});
    }
    return settings;
}

Result<RawLesson> splitLesson(std::string_view text, const std::string &file)
{
    if (text.size() > largestLessonFile)
        return fail(ErrorKind::Input, file, "is larger than 1 MiB", "split the lesson, and put pictures into files");
    if (!isText(text))
        return fail(ErrorKind::Input, file, "is not UTF-8 text", "save it as UTF-8");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3); // a byte order mark
    const std::vector<std::string> lines = linesOf(text);
    RawLesson lesson;
    std::size_t at = 0;
    if (lines.empty() || trimmed(lines[0]) != "---")
        return fail(ErrorKind::Input, placeOf(file, 1), "does not begin with ---", "begin with ---, title: …, …, ---");
    const auto end =
        std::find_if(lines.begin() + 1, lines.end(), [](const std::string &line) { return trimmed(line) == "---"; });
    if (end == lines.end())
        return fail(ErrorKind::Input, placeOf(file, 1), "has a heading block that does not end", "close it with ---");
    Result<std::vector<Setting>> front = settingsOf({lines.begin() + 1, end}, 2, file);
    if (!front)
        return fail(front.error());
    lesson.front = std::move(*front);
    for (at = std::size_t(end - lines.begin()) + 1; at < lines.size(); ++at) {
        const std::string &line = lines[at];
        const int number = int(at) + 1;
        if (line.starts_with("## ")) {
            if (lesson.steps.size() >= mostSteps)
                return fail(ErrorKind::Input, placeOf(file, number), "begins step 101", "split the lesson");
            lesson.steps.push_back({trimmed(line.substr(3)), number, {}, {}});
            continue;
        }
        if (lesson.steps.empty()) {
            if (trimmed(line).empty())
                continue;
            return fail(ErrorKind::Input, placeOf(file, number), "is text before the first step",
                        "begin a step with ## TITLE");
        }
        RawStep &step = lesson.steps.back();
        const std::size_t fence = fenceOf(line);
        if (fence == 0) {
            step.text.emplace_back(number, line);
            continue;
        }
        std::size_t close = at + 1;
        while (close < lines.size() &&
               !(fenceOf(lines[close]) >= fence && trimmed(lines[close].substr(fenceOf(lines[close]))).empty()))
            ++close;
        if (close == lines.size())
            return fail(ErrorKind::Input, placeOf(file, number), "opens a block that does not end", "close it with ```");
        const std::string info = trimmed(line.substr(fence));
        const std::string kind = info.substr(0, info.find(' '));
        if (std::ranges::find(blockKinds, kind) == blockKinds.end()) {
            for (std::size_t k = at; k <= close; ++k)
                step.text.emplace_back(int(k) + 1, lines[k]);
        } else {
            Block block{kind, trimmed(info.substr(kind.size())), {}, number};
            block.lines.assign(lines.begin() + std::ptrdiff_t(at) + 1, lines.begin() + std::ptrdiff_t(close));
            step.blocks.push_back(std::move(block));
        }
        at = close;
    }
    if (lesson.steps.empty())
        return fail(ErrorKind::Input, file, "has no steps", "begin each with ## TITLE");
    return lesson;
}

} // namespace nms::lesson
