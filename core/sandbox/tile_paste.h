// SPDX-License-Identifier: Apache-2.0
// Numbers from other programs: what is on the clipboard, as a grid.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace nms {

/// How the numbers were written; recognised from the text.
enum class PasteForm {
    Columns, // separated by tabs (a spreadsheet) or blanks
    Commas, // CSV
    Semicolons, // CSV with semicolons; commas are then decimal commas
    Latex, // & and \\, in any environment or none
    Lists, // nested lists of Python, NumPy's own output, JSON
    Matlab, // [1 2; 3 4]
};
std::string_view nameOf(PasteForm form); // "LaTeX"

struct PastedGrid {
    Matrix<double> values; // finite or infinite, at least 1 × 1 and at most TileProblem::maxSide each way
    PasteForm form = PasteForm::Columns;
};

/// Input error naming line and column of the text (counted from 1) for anything that is not a full grid of numbers; Resource
/// error where it has more rows or columns than a tile. Any thread.
///
///     parsePaste("1\t2\n3\t4")  parsePaste("1,5;2\n3;4")  parsePaste("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}")
///     parsePaste("np.array([[1, 2], [3, 4]])")  parsePaste("[1 2; 3 4]")
Result<PastedGrid> parsePaste(std::string_view text);

/// The grid as a spreadsheet takes it: tabs between columns, a line for each row, exact numbers.
std::string pasteText(Span2d<const double> values);

} // namespace nms
