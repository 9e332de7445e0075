// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/lesson_check.h"

#include "core/base/number_text.h"
#include "core/lesson/markdown_blocks.h"

#include <cmath>
#include <filesystem>

namespace nms::lesson {

namespace {

/// With the sign and the unit of a printed figure.
std::string printedAs(double value, const Figure &figure)
{
    std::string text = formatFixed(value, figure.decimals());
    if (text.starts_with('-'))
        text.replace(0, 1, "−");
    return text + (figure.isPercent() ? " %" : "");
}

} // namespace

Result<std::vector<FigureCheck>> checkFigures(const Lesson &lesson, CaseValues &values, const Progress &progress)
{
    std::vector<FigureCheck> checks;
    for (const Figure &figure : lesson.figures) {
        const Result<double> value = figure.expression.evaluate(
            [&](const Reference &reference) { return values.valueOf(lesson, reference, progress.stop); });
        if (!value) {
            Error error = value.error();
            if (error.kind != ErrorKind::Cancelled)
                error.where = placeOf(lesson.file, figure.line) + ": " + figure.expression.text() +
                    (error.where.empty() ? "" : ": " + error.where);
            return fail(error);
        }
        FigureCheck check;
        check.figure = &figure;
        check.computed = figure.isPercent() ? 100 * *value : *value;
        check.rightText = printedAs(check.computed, figure);
        // Half a unit of the last decimal, and what the printed number itself cannot express in binary.
        const double unit = std::pow(10.0, -figure.decimals());
        check.isRight = std::abs(check.computed - figure.value()) <= unit * (0.5 + 1e-6);
        checks.push_back(std::move(check));
        if (progress.report)
            progress.report(std::int64_t(checks.size()), std::int64_t(lesson.figures.size()));
    }
    return checks;
}

std::vector<Error> checkLesson(const Lesson &lesson, CaseValues &values, const Progress &progress)
{
    std::vector<Error> errors;
    const std::filesystem::path folder = std::filesystem::path(lesson.file).parent_path();
    for (const std::string &image : lesson.images) {
        std::error_code ignored;
        if (!std::filesystem::is_regular_file(folder / image, ignored))
            errors.push_back(
                {ErrorKind::Input, lesson.file, "shows the image " + image + ", which is not in its folder", "add it"});
    }
    const auto checks = checkFigures(lesson, values, progress);
    if (!checks) {
        errors.push_back(checks.error());
        return errors;
    }
    for (const FigureCheck &check : *checks)
        if (!check.isRight)
            errors.push_back({ErrorKind::Input, placeOf(lesson.file, check.figure->line),
                              "prints " + check.figure->printed + ", but " + check.figure->expression.text() + " is " +
                                  formatNumber(check.computed, 9) + (check.figure->isPercent() ? " %" : ""),
                              "print " + check.rightText});
    return errors;
}

} // namespace nms::lesson
