// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/lesson_reader.h"

#include "core/lesson/case_reader.h"
#include "core/lesson/case_values.h"
#include "core/lesson/inline_text.h"
#include "core/lesson/markdown_blocks.h"
#include "core/lesson/question_reader.h"
#include "core/lesson/setting_values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace nms::lesson {

namespace {

constexpr std::array<std::string_view, 4> frontKeys{"title", "summary", "order", "minutes"};
constexpr std::array<std::string_view, 10> stateKeys{"case",    "iteration",  "view", "cells", "rows",
                                                     "columns", "transposed", "tile", "panel", "point"};
constexpr std::array<std::pair<std::string_view, State::View>, 6> views{{{"scores", State::View::Scores},
                                                                         {"plan", State::View::Plan},
                                                                         {"mask", State::View::Mask},
                                                                         {"reduced", State::View::Reduced},
                                                                         {"weights", State::View::Weights},
                                                                         {"error", State::View::Error}}};

Status readFront(const std::vector<Setting> &settings, Lesson &lesson)
{
    const SettingValues values(settings, 1, lesson.file);
    if (const Status known = values.checkKeys(frontKeys); !known)
        return known;
    const auto title = values.text("title"), summary = values.text("summary");
    const auto order = values.integer("order", 0, 9999), minutes = values.integer("minutes", 1, 600);
    for (const Error *error : {title ? nullptr : &title.error(), summary ? nullptr : &summary.error(),
                               order ? nullptr : &order.error(), minutes ? nullptr : &minutes.error()})
        if (error)
            return fail(*error);
    lesson.title = *title;
    lesson.summary = *summary;
    lesson.order = order->value_or(0);
    lesson.minutes = minutes->value_or(0);
    return {};
}

/// "1,2 3,4": row and column, from 1.
Result<std::vector<State::Cell>> cellsOf(const SettingValues &values)
{
    std::vector<State::Cell> cells;
    const Result<std::vector<double>> numbers = values.numbers("cells", std::size_t(2) * largestTile * largestTile);
    if (!numbers)
        return fail(numbers.error());
    if (numbers->size() % 2 != 0)
        return values.problem("cells", "has a row without a column in cells", "write row,column row,column …");
    for (std::size_t k = 0; k < numbers->size(); k += 2) {
        const double row = (*numbers)[k], col = (*numbers)[k + 1];
        if (row != double(int(row)) || col != double(int(col)) || row < 1 || col < 1 || row > largestTile ||
            col > largestTile)
            return values.problem("cells", "has a cell that is not in a tile", "rows and columns count from 1");
        cells.push_back({int(row) - 1, int(col) - 1});
    }
    return cells;
}

Result<State> readState(const Block &block, const std::string &file)
{
    const Result<std::vector<Setting>> settings = settingsOf(block.lines, block.line + 1, file);
    if (!settings)
        return fail(settings.error());
    const SettingValues values(*settings, block.line, file);
    if (const Status known = values.checkKeys(stateKeys); !known)
        return fail(known.error());
    const auto iteration = values.integer("iteration", 0, mostIterations);
    const auto cells = cellsOf(values);
    const auto rows = values.places("rows", largestTile), columns = values.places("columns", largestTile);
    const auto transposed = values.flag("transposed");
    const auto tile = values.integer("tile", 0, 100000000);
    for (const Error *error :
         {iteration ? nullptr : &iteration.error(), cells ? nullptr : &cells.error(), rows ? nullptr : &rows.error(),
          columns ? nullptr : &columns.error(), transposed ? nullptr : &transposed.error(), tile ? nullptr : &tile.error()})
        if (error)
            return fail(*error);
    State state;
    state.line = block.line;
    state.iteration = *iteration;
    state.cells = *cells;
    state.rows = *rows;
    state.columns = *columns;
    state.transposed = transposed->value_or(false);
    if (*tile)
        state.tile = **tile;
    state.point = values.words("point");
    if (const Setting *name = values.find("case"))
        state.caseName = name->value;
    if (const Setting *panel = values.find("panel"))
        state.panel = panel->value;
    if (const Setting *view = values.find("view")) {
        const auto found = std::ranges::find(views, view->value, &std::pair<std::string_view, State::View>::first);
        if (found == views.end())
            return values.problem("view", "has \"" + view->value + "\" as view",
                                  "use scores, plan, mask or reduced; of the layer also weights or error");
        state.view = found->second;
    }
    return state;
}

Result<Step> readStep(const RawStep &raw, Lesson &lesson)
{
    Step step;
    step.title = raw.title;
    step.line = raw.line;
    Result<Markdown> text = readInlineText(raw.text, lesson);
    if (!text)
        return fail(text.error());
    step.text = std::move(*text);
    for (const Block &block : raw.blocks) {
        if (block.kind == "case") {
            Result<Case> found = readCase(block, lesson.file);
            if (!found)
                return fail(found.error());
            if (lesson.find(found->name))
                return fail(ErrorKind::Input, placeOf(lesson.file, block.line), "has a second case \"" + found->name + "\"",
                            "give it another name");
            lesson.cases.push_back(std::move(*found));
            continue;
        }
        const bool isState = block.kind == "state";
        if (isState ? step.state.has_value() : step.question.has_value())
            return fail(ErrorKind::Input, placeOf(lesson.file, block.line), "is a second " + block.kind + " in one step",
                        "begin another step with ## TITLE");
        if (isState) {
            Result<State> state = readState(block, lesson.file);
            if (!state)
                return fail(state.error());
            step.state = std::move(*state);
        } else {
            Result<Question> question = readQuestion(block, lesson);
            if (!question)
                return fail(question.error());
            step.question = std::move(*question);
        }
    }
    if (step.title.empty())
        return fail(ErrorKind::Input, placeOf(lesson.file, raw.line), "begins a step without a title", "write ## TITLE");
    if (step.text.find_first_not_of("\n ") == std::string::npos && !step.question)
        return fail(ErrorKind::Input, placeOf(lesson.file, raw.line), "is a step without text", "write some, or remove it");
    return step;
}

Status checkState(const Lesson &lesson, std::size_t at)
{
    const State &own = *lesson.steps[at].state;
    const std::string place = placeOf(lesson.file, own.line);
    const State state = *lesson.stateAt(at);
    if (state.caseName.empty())
        return fail(ErrorKind::Input, place, "is the first state and names no case", "add case: NAME");
    const Case *which = lesson.find(state.caseName);
    if (!which)
        return fail(ErrorKind::Input, place, "names the case \"" + state.caseName + "\", which does not exist",
                    "write a block ```case " + state.caseName);
    if (std::holds_alternative<RandomCase>(which->what))
        return fail(ErrorKind::Input, place, "shows random tiles, which cannot be shown", "show a tile or a tensor");
    const auto *tile = std::get_if<TileCase>(&which->what);
    const bool isOfLayer = state.view == State::View::Weights || state.view == State::View::Error;
    if (tile ? isOfLayer || state.tile
             : state.view == State::View::Reduced || !state.cells.empty() || !state.rows.empty() || !state.columns.empty() ||
                state.transposed)
        return fail(ErrorKind::Input, place,
                    tile ? "has a view or tile of the layer, but shows a small tile"
                         : "has a view or cells of a small tile, but shows the layer",
                    "use what belongs to the case");
    if (tile) {
        const auto isOutside = [&](int row, int col) {
            return row >= tile->problem.rows() || col >= tile->problem.cols();
        };
        if (std::ranges::any_of(state.cells, [&](const State::Cell &cell) { return isOutside(cell.row, cell.col); }) ||
            std::ranges::any_of(state.rows, [&](int row) { return isOutside(row, 0); }) ||
            std::ranges::any_of(state.columns, [&](int col) { return isOutside(0, col); }))
            return fail(ErrorKind::Input, place, "highlights something outside the tile", "rows and columns count from 1");
    }
    return {};
}

Status checkReferences(const Lesson &lesson)
{
    for (const Figure &figure : lesson.figures)
        for (const Reference &reference : figure.expression.references()) {
            const Case *which = lesson.find(reference.caseName);
            if (!which)
                return fail(ErrorKind::Input, placeOf(lesson.file, figure.line),
                            "computes with the case \"" + reference.caseName + "\", which does not exist",
                            "write a block ```case " + reference.caseName);
            if (const Status known = checkReference(*which, reference); !known) {
                Error error = known.error();
                error.where = placeOf(lesson.file, figure.line);
                return fail(error);
            }
        }
    return {};
}

} // namespace

std::span<const std::string_view> keysOf(std::string_view kind)
{
    return kind == "case"    ? caseKeys()
        : kind == "state"    ? std::span<const std::string_view>(stateKeys)
        : kind == "question" ? questionKeys()
                             : std::span<const std::string_view>(frontKeys);
}

Result<Lesson> parseLesson(std::string_view text, const std::string &file)
{
    const Result<RawLesson> raw = splitLesson(text, file);
    if (!raw)
        return fail(raw.error());
    Lesson lesson;
    lesson.file = file;
    if (const Status front = readFront(raw->front, lesson); !front)
        return fail(front.error());
    for (const RawStep &each : raw->steps) {
        Result<Step> step = readStep(each, lesson);
        if (!step)
            return fail(step.error());
        lesson.steps.push_back(std::move(*step));
    }
    for (std::size_t k = 0; k < lesson.steps.size(); ++k)
        if (lesson.steps[k].state)
            if (const Status valid = checkState(lesson, k); !valid)
                return fail(valid.error());
    if (const Status valid = checkReferences(lesson); !valid)
        return fail(valid.error());
    return lesson;
}

Result<Lesson> readLesson(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    std::string text;
    if (in) {
        text.resize(largestLessonFile + 1);
        in.read(text.data(), std::streamsize(text.size()));
        text.resize(std::size_t(in.gcount()));
    }
    if (text.empty() && (!in || in.bad()))
        return fail(ErrorKind::Io, file, std::string("cannot be read: ") + std::strerror(errno), "check the name");
    return parseLesson(text, file);
}

} // namespace nms::lesson
