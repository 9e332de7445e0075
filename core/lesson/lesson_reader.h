// SPDX-License-Identifier: Apache-2.0
// Reads a lesson file. The content is not trusted: sizes are limited, and nothing outside the file is read.
#pragma once

#include "core/base/result.h"
#include "core/lesson/lesson.h"

#include <span>
#include <string>
#include <string_view>

namespace nms::lesson {

/// Input error, with file, line and remedy, for anything that assets/lessons/README.md does not describe: unknown keys,
/// methods and views, formulas that cannot be read, expressions with cases that do not exist, questions without a right
/// answer. Whether the figures are right is not examined (lesson_check.h). Any thread.
Result<Lesson> parseLesson(std::string_view text, const std::string &file);

/// Io errors as well.
Result<Lesson> readLesson(const std::string &file);

/// The keys that a block of this kind may have: "lesson" (the front matter), "case", "state", "question".
std::span<const std::string_view> keysOf(std::string_view kind);

} // namespace nms::lesson
