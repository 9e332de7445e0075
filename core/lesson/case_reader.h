// SPDX-License-Identifier: Apache-2.0
// The "case" blocks of a lesson file: what the program solves. Private to core/lesson.
#pragma once

#include "core/lesson/lesson.h"
#include "core/lesson/markdown_blocks.h"

namespace nms::lesson {

inline constexpr int largestTile = NmPattern::maxM;
inline constexpr int mostRandomTiles = 20000;
inline constexpr int mostIterations = 5000;

Result<Case> readCase(const Block &block, const std::string &file);
std::span<const std::string_view> caseKeys();

} // namespace nms::lesson
