// SPDX-License-Identifier: Apache-2.0
// A formula in a small part of TeX, as a tree that can be drawn.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace nms::lesson {

/// One node of a formula. Which fields are used depends on the kind.
struct FormulaNode {
    enum class Kind {
        Row, // children side by side
        Symbol, // `text` in the style
        Space, // `size` em
        Fraction, // children: numerator, denominator
        Root, // children: radicand
        Scripts, // children: base, below, above (either may be an empty Row); `limits`: under and over the base
        Accent, // children: base; `text` is drawn above it
        Fence, // children: body; `text` and `close` grow with it (either may be empty)
        Matrix, // children: cells, row by row; `columns` cells in each row
    };
    enum class Style {
        Italic, // a variable
        Upright, // digits, functions such as "log", text
        Bold, // a vector or a matrix
        Operator, // a binary operator or a relation: with space on both sides
        Large, // Σ, Π: larger in a displayed formula
    };

    Kind kind = Kind::Row;
    Style style = Style::Italic;
    std::string text; // UTF-8
    std::string close;
    double size = 0;
    int columns = 0;
    bool limits = false;
    std::vector<FormulaNode> children;

    friend bool operator==(const FormulaNode &, const FormulaNode &) = default;
};

inline constexpr int largestFormula = 2000; // bytes
inline constexpr int deepestFormula = 24; // groups within one another

/// Reads TeX: letters, digits, ^ _ { }, \frac, \sqrt, \sum with limits, \left…\right, matrices, Greek letters, relations and
/// the other commands of formulaCommands(). Input error, with the position and what may stand there, for everything else.
Result<FormulaNode> parseFormula(std::string_view tex);

/// The formula on one line of plain text, for screen readers and for searching: "Σ_(j) S_(ij) = N".
std::string plainText(const FormulaNode &formula);

/// The commands that parseFormula() knows, without the backslash, sorted.
std::vector<std::string> formulaCommands();

} // namespace nms::lesson
