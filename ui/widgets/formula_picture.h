// SPDX-License-Identifier: Apache-2.0
// Draws a formula as a picture that stands in a line of text.
#pragma once

#include "core/lesson/formula.h"

#include <QColor>
#include <QFont>
#include <QImage>

namespace nms {

struct FormulaLook {
    QFont font; // of the text around it: its pixel size is the size of letters
    QColor color;
    qreal pixelRatio = 1; // device pixels for each logical pixel
    bool isDisplayed = false; // on a line of its own: larger sums, limits below and above
};

/// The picture is as high as it must be for QTextCharFormat::AlignMiddle to put the formula's baseline on that of the text.
QImage drawFormula(const lesson::FormulaNode &formula, const FormulaLook &look);

} // namespace nms
