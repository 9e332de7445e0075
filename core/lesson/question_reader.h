// SPDX-License-Identifier: Apache-2.0
// The "question" blocks of a lesson file. Private to core/lesson.
#pragma once

#include "core/lesson/lesson.h"
#include "core/lesson/markdown_blocks.h"

#include <span>

namespace nms::lesson {

/// Adds its formulas and figures to `lesson`.
Result<Question> readQuestion(const Block &block, Lesson &lesson);
std::span<const std::string_view> questionKeys();

} // namespace nms::lesson
