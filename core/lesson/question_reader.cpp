// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/question_reader.h"

#include "core/lesson/inline_text.h"
#include "core/lesson/setting_values.h"

#include <algorithm>
#include <array>

namespace nms::lesson {

namespace {

constexpr std::array<std::string_view, 4> keys{"answer", "tolerance", "right", "wrong"};
constexpr std::string_view open = "- [ ] ", ticked = "- [x] ";
constexpr std::size_t mostChoices = 10;

using Lines = std::vector<std::pair<int, std::string>>;

bool isChoice(const std::string &line)
{
    return line.starts_with(open) || line.starts_with(ticked);
}

bool isSetting(const std::string &line)
{
    return std::ranges::any_of(
        keys, [&](std::string_view key) { return line.starts_with(key) && line.compare(key.size(), 1, ":") == 0; });
}

/// One block, cut into the question itself, its choices and its settings.
struct Parts {
    Lines text;
    std::vector<std::pair<bool, Lines>> choices; // right?, the choice and the lines of its feedback
    std::vector<std::string> settings;
    int settingsLine = 0;
};

Parts partsOf(const Block &block)
{
    Parts parts;
    bool isInSettings = false;
    for (std::size_t k = 0; k < block.lines.size(); ++k) {
        const std::string &line = block.lines[k];
        const int number = block.line + 1 + int(k);
        if (!isInSettings && isChoice(line)) {
            parts.choices.emplace_back(line.starts_with(ticked), Lines{{number, line.substr(open.size())}});
            continue;
        }
        if (isSetting(line) && !isInSettings) {
            isInSettings = true;
            parts.settingsLine = number;
        }
        if (isInSettings)
            parts.settings.push_back(line);
        else if (!parts.choices.empty())
            parts.choices.back().second.emplace_back(number,
                                                     line.substr(std::min(line.find_first_not_of(' '), line.size())));
        else
            parts.text.emplace_back(number, line);
    }
    return parts;
}

Status readChoices(const Parts &parts, Question &question, Lesson &lesson)
{
    const std::string place = placeOf(lesson.file, question.line);
    if (parts.choices.size() < 2 || parts.choices.size() > mostChoices)
        return fail(ErrorKind::Input, place, "is a question with " + std::to_string(parts.choices.size()) + " choices",
                    "give 2 to " + std::to_string(mostChoices));
    for (const auto &[isRight, lines] : parts.choices) {
        Result<Markdown> text = readInlineText({lines.front()}, lesson);
        Result<Markdown> feedback = readInlineText({lines.begin() + 1, lines.end()}, lesson);
        for (const auto *read : {&text, &feedback})
            if (!*read)
                return fail(read->error());
        if (text->empty() || feedback->empty())
            return fail(ErrorKind::Input, placeOf(lesson.file, lines.front().first), "is a choice without text or feedback",
                        "write what is told to who chooses it on the lines below, indented");
        question.choices.push_back({std::move(*text), std::move(*feedback), isRight});
    }
    if (std::ranges::none_of(question.choices, &Choice::isRight))
        return fail(ErrorKind::Input, place, "is a question without a right choice", "mark it with [x]");
    return {};
}

Status readNumber(const std::vector<Setting> &settings, Question &question, Lesson &lesson)
{
    const SettingValues values(settings, question.line, lesson.file);
    const Setting *answer = values.find("answer");
    const std::size_t before = lesson.figures.size();
    const Result<Markdown> text = readInlineText({{answer->line, answer->value}}, lesson);
    if (!text)
        return fail(text.error());
    if (lesson.figures.size() != before + 1 || *text != lesson.figures.back().printed)
        return values.problem("answer", "has \"" + answer->value + "\" as answer", "write {{NUMBER | EXPRESSION}}");
    question.answer = before;
    const auto tolerance = values.number("tolerance", 0, 1e12);
    if (!tolerance)
        return fail(tolerance.error());
    question.tolerance = tolerance->value_or(0);
    for (const auto &[key, into] : {std::pair{"right", &question.right}, std::pair{"wrong", &question.wrong}}) {
        const Result<std::string> told = values.text(key);
        if (!told)
            return fail(told.error());
        Result<Markdown> read = readInlineText({{values.find(key)->line, *told}}, lesson);
        if (!read)
            return fail(read.error());
        *into = std::move(*read);
    }
    return {};
}

} // namespace

std::span<const std::string_view> questionKeys()
{
    return keys;
}

Result<Question> readQuestion(const Block &block, Lesson &lesson)
{
    const Parts parts = partsOf(block);
    Question question;
    question.line = block.line;
    Result<Markdown> text = readInlineText(parts.text, lesson);
    if (!text)
        return fail(text.error());
    if (text->find_first_not_of("\n ") == std::string::npos)
        return fail(ErrorKind::Input, placeOf(lesson.file, block.line), "is a question that asks nothing",
                    "write what is asked");
    question.text = std::move(*text);
    const Result<std::vector<Setting>> settings = settingsOf(parts.settings, parts.settingsLine, lesson.file);
    if (!settings)
        return fail(settings.error());
    const SettingValues values(*settings, block.line, lesson.file);
    if (const Status known = values.checkKeys(keys); !known)
        return fail(known.error());
    if (values.has("answer") != parts.choices.empty() || (!parts.choices.empty() && !settings->empty()))
        return fail(ErrorKind::Input, placeOf(lesson.file, block.line), "needs either choices or an answer",
                    "write - [ ] and - [x], or answer: {{NUMBER | EXPRESSION}}");
    const Status read =
        parts.choices.empty() ? readNumber(*settings, question, lesson) : readChoices(parts, question, lesson);
    if (!read)
        return fail(read.error());
    return question;
}

} // namespace nms::lesson
