// SPDX-License-Identifier: Apache-2.0
// Large view of one tile: cells with their values, row and column sums compared with N, potentials, and its verdict in a
// sentence.
#pragma once

#include "core/view/color_map.h"
#include "ui/overlay/panel.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::overlay {

enum class TileLayer { Plan, Score, Mask };

/// A cell to be framed: what a decision of the rounding does to it.
struct CellMark {
    enum class Kind { Added, Removed, Refused };
    int row = 0;
    int col = 0;
    Kind kind = Kind::Added;
};

/// What an iteration does to the plan, in order; the last one was just applied.
struct ProjectionsView {
    enum class Place { Rows, Columns, Cells }; // what it acted on
    std::vector<std::string> names; // "rows", "columns", "cap"
    std::size_t last = 0;
    Place place = Place::Rows; // of the last one
};

struct TileInspectorView {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    int n = 0;
    int m = 0;
    int rows = 0; // without padding, ≤ m
    int cols = 0;

    TileLayer layer = TileLayer::Plan;
    std::vector<float> score; // rows × cols, row-major
    std::vector<float> plan; // likewise; empty without a plan
    std::vector<float> mask; // likewise, 0 or 1
    ValueScale scoreScale;

    std::vector<float> alpha; // m row potentials; empty if unknown
    std::vector<float> beta; // m column potentials, likewise

    std::string verdict; // a sentence or two, wrapped
    Tone tone = Tone::Plain; // of the verdict
    std::vector<CellMark> marks;
    std::optional<ProjectionsView> projections; // of the plan
};

struct TileInspectorCommands {
    std::optional<TileLayer> layer;
    bool toggleExpanded = false;
    bool close = false;
};

/// The layer's values; empty if there are none.
const std::vector<float> &valuesOf(const TileInspectorView &view, TileLayer layer);

struct TileSums {
    std::vector<float> rows;
    std::vector<float> cols;
};
TileSums sumsOf(const std::vector<float> &values, int rows, int cols);

/// Positions of all parts. They depend only on the pattern and the available space, so that nothing moves during a run.
struct TileInspectorLayout {
    float cell = 0; // side of a cell
    Rect grid;
    Rect rowBars; // right of the grid
    Rect colBars; // below it
    Rect rowNumbers; // right of the bars; empty where the cells are too low for numbers
    Rect verdict;
    float width = 0; // of the whole panel
    float height = 0;
};
TileInspectorLayout layoutTileInspector(const Theme &theme, ImVec2 topRight, float maxWidth, float maxHeight, int m);

TileInspectorCommands drawTileInspector(const Theme &theme, const TileInspectorLayout &layout, const TileInspectorView &view,
                                        bool expanded);

} // namespace nms::overlay
