// SPDX-License-Identifier: Apache-2.0
// Whether the figures that a lesson prints are those that the program computes, and whether its files are there.
#pragma once

#include "core/base/progress.h"
#include "core/lesson/case_values.h"

#include <string>
#include <vector>

namespace nms::lesson {

struct FigureCheck {
    const Figure *figure = nullptr; // in the lesson
    double computed = 0; // times 100 where the figure is a percentage
    std::string rightText; // as it should be printed
    bool isRight = false; // equal when rounded to the printed decimals
};

/// Computes every figure. The first error of a solver, with the line of the figure. `progress` counts figures. Blocks.
Result<std::vector<FigureCheck>> checkFigures(const Lesson &lesson, CaseValues &values, const Progress &progress);

/// All that is wrong with the lesson, one Input error each: wrong figures, states that need a solver that fails, missing
/// images.
std::vector<Error> checkLesson(const Lesson &lesson, CaseValues &values, const Progress &progress);

} // namespace nms::lesson
