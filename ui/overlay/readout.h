// SPDX-License-Identifier: Apache-2.0
// What lies under the mouse, on one line at the top right.
#pragma once

#include "ui/overlay/panel.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::overlay {

struct ReadoutView {
    std::int64_t row = 0;
    std::int64_t col = 0;
    std::optional<std::int64_t> tileRow; // none without a grid
    std::int64_t tileCol = 0;
    std::optional<float> weight;
    std::optional<float> score;
    std::optional<float> plan;
    std::optional<bool> kept;
    std::optional<float> pruned; // the weight that is kept in its place
    std::optional<float> error; // share of the layer's output
    std::optional<double> rowError, colError; // all of that row's and column's, likewise
};

/// Name and value pairs, the most important first: "row", "87".
std::vector<std::pair<std::string, std::string>> readoutFields(const ReadoutView &view);

/// Draws as many fields as fit into `room`, right-aligned in it.
void drawReadout(const Theme &theme, const Rect &room, const ReadoutView &view);

} // namespace nms::overlay
