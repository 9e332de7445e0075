// SPDX-License-Identifier: Apache-2.0
// A lesson as its file describes it (assets/lessons/README.md tells how such a file is written). Plain data.
#pragma once

#include "core/base/matrix.h"
#include "core/lesson/expression.h"
#include "core/lesson/formula.h"
#include "core/methods/solve_options.h"
#include "core/prune/prune_options.h"
#include "core/sandbox/sandbox_solve.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nms::lesson {

/// A small tile whose numbers stand in the lesson, or one of the built-in tiles.
struct TileCase {
    TileProblem problem;
    SandboxOptions options;
};

/// Many tiles of random scores |x|, x normally distributed, all solved by one method.
struct RandomCase {
    int tiles = 1000;
    std::uint64_t seed = 1;
    NmPattern pattern;
    SandboxOptions options;
};

/// A matrix of the sample layer.
struct LayerCase {
    std::string tensor;
    SolveOptions options;
    std::optional<Framework> prune; // set: the layer is pruned with its activations instead
    Kind kind = Kind::Transposable; // of pruning
};

struct Case {
    std::string name;
    int line = 0;
    std::variant<TileCase, RandomCase, LayerCase> what;
};

/// What the window shows at a step.
struct State {
    std::string caseName; // empty: as the step before
    std::optional<int> iteration; // not set: the end
    enum class View { Scores, Plan, Mask, Reduced, Weights, Error };
    std::optional<View> view; // Reduced: A − α − β, of a small tile; Weights and Error: of the layer
    struct Cell {
        int row = 0; // from 0
        int col = 0;
        friend bool operator==(const Cell &, const Cell &) = default;
    };
    std::vector<Cell> cells; // highlighted
    std::vector<int> rows; // highlighted, from 0
    std::vector<int> columns;
    bool transposed = false; // the tile is read along its columns
    std::optional<std::int64_t> tile; // of the layer: the view goes there
    std::string panel; // of the window: brought to the front
    std::vector<std::string> point; // names of the window's controls that the text speaks of
    int line = 0;
};

/// A number in the text, as printed, with what the program has to compute for it.
struct Figure {
    std::string printed; // "41", "16.5 %", "−0.3"
    Expression expression; // compared with the printed number; times 100 where that ends with "%"
    int line = 0;

    double value() const; // of `printed`, without "%"
    int decimals() const; // behind its point
    bool isPercent() const;
};

struct Formula {
    std::string tex;
    FormulaNode tree;
    bool isDisplayed = false; // on a line of its own
};

/// Markdown in which formula k stands as an image ![formula](formula:k), k counting in Lesson::formulas, and figures as
/// printed.
using Markdown = std::string;

struct Choice {
    Markdown text;
    Markdown feedback;
    bool isRight = false;
};

struct Question {
    Markdown text;
    std::vector<Choice> choices; // two or more, at least one right one; empty: a number is wanted
    std::optional<std::size_t> answer; // the number wanted: in Lesson::figures
    double tolerance = 0; // |given − right| up to which the answer counts as right
    Markdown right; // feedback to a number
    Markdown wrong;
    int line = 0;
};

struct Step {
    std::string title;
    Markdown text;
    std::optional<State> state;
    std::optional<Question> question;
    int line = 0;
};

struct Lesson {
    std::string file; // as it was given
    std::string title;
    std::string summary; // one sentence
    int order = 0; // in the list of lessons
    int minutes = 0; // it takes about
    std::vector<Step> steps;
    std::vector<Case> cases;
    std::vector<Formula> formulas;
    std::vector<Figure> figures; // in the order of the file
    std::vector<std::string> images; // file names in the lesson's folder

    const Case *find(std::string_view caseName) const;
    /// The state at a step: its own, with the case of the last step before it that names one where it names none. None if
    /// no step up to there has a state.
    std::optional<State> stateAt(std::size_t step) const;
};

} // namespace nms::lesson
