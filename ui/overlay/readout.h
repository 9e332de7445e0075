// SPDX-License-Identifier: Apache-2.0
// The values of the cell under the mouse, on one line at the top right.
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
    std::optional<std::int64_t> tileRow; // empty without a grid
    std::int64_t tileCol = 0;
    std::optional<float> weight;
    std::optional<float> score;
    std::optional<float> plan;
    std::optional<bool> kept;
    std::optional<float> pruned; // the pruned weight of the cell
    std::optional<float> error; // of the entry, as a share of the layer's output
    std::optional<double> rowError, colError; // of the whole row and column, likewise
};

/// Name and value pairs, the most important first: "row", "87".
std::vector<std::pair<std::string, std::string>> readoutFields(const ReadoutView &view);

/// Draws as many fields as fit into `room`, right-aligned.
void drawReadout(const Theme &theme, const Rect &room, const ReadoutView &view);

} // namespace nms::overlay
