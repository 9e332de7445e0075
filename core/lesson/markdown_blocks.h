// SPDX-License-Identifier: Apache-2.0
// The outer structure of a lesson file: front matter, steps, text and blocks. What the parts mean is read elsewhere.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace nms::lesson {

inline constexpr std::size_t largestLessonFile = std::size_t(1) << 20; // bytes
inline constexpr std::size_t mostSteps = 100;

/// "key: value"; lines that follow and begin with spaces belong to the value.
struct Setting {
    std::string key;
    std::string value; // its lines separated by '\n', without the spaces around them
    int line = 0; // from 1
};

/// A fenced block whose first word is "case", "state" or "question".
struct Block {
    std::string kind;
    std::string name; // the rest of the first line
    std::vector<std::string> lines;
    int line = 0; // of the fence
};

struct RawStep {
    std::string title;
    int line = 0;
    std::vector<std::pair<int, std::string>> text; // lines with their numbers; other fenced blocks are text
    std::vector<Block> blocks;
};

struct RawLesson {
    std::vector<Setting> front;
    std::vector<RawStep> steps;
};

/// "LESSON.md:12"
std::string placeOf(const std::string &file, int line);

/// Input error with file and line: no front matter, text before the first step, no steps, a fence that is not closed,
/// bytes that are not text, too large.
Result<RawLesson> splitLesson(std::string_view text, const std::string &file);

/// The lines of a block as settings. `file` is named in errors. Lines that do not begin with a key and are not indented are
/// an error, and so is the same key twice.
Result<std::vector<Setting>> settingsOf(const std::vector<std::string> &lines, int firstLine, const std::string &file);

} // namespace nms::lesson
