// SPDX-License-Identifier: Apache-2.0
// Markdown of a lesson, with its formulas, figures and images taken out of it.
#pragma once

#include "core/base/result.h"
#include "core/lesson/lesson.h"

#include <string>
#include <utility>
#include <vector>

namespace nms::lesson {

inline constexpr std::size_t mostFormulas = 2000; // of a lesson; figures and images, too

/// Replaces $formula$ and $$formula$$ by images ![formula](formula:k) and {{PRINTED | EXPRESSION}} by what is printed, and
/// adds them to `lesson`. Code in `backticks` and in fences stays as it is; \$ is a dollar. lines: with their numbers in the
/// file. Input error with file and line for a formula or expression that cannot be read, and for an image that is not in the
/// lesson's folder.
Result<Markdown> readInlineText(const std::vector<std::pair<int, std::string>> &lines, Lesson &lesson);

} // namespace nms::lesson
