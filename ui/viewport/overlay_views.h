// SPDX-License-Identifier: Apache-2.0
// Fills the view structs of the overlay's panels from the workspace.
#pragma once

#include "core/view/camera.h"
#include "ui/models/transport.h"
#include "ui/overlay/overlay.h"
#include "ui/viewport/scene_builder.h"
#include "ui/viewport/view_sources.h"

#include <optional>

namespace nms {

overlay::TimelineView timelineView(const Workspace &workspace, const Transport &transport);

overlay::ReadoutView readoutView(const ViewSources &sources, std::int64_t row, std::int64_t col);

/// Shows `layer` if it has values, otherwise another layer that has.
overlay::TileInspectorView inspectorView(Workspace &workspace, const ViewSources &sources, std::int64_t tile,
                                         overlay::TileLayer layer);

/// The visible entries, if cells are at least `leastSide` pixels wide; otherwise empty.
std::optional<overlay::CellValuesView> cellValuesView(const SceneBuilder &scenes, const Camera &camera, std::int64_t rows,
                                                      std::int64_t cols, double leastSide);

/// Message to show when there is nothing to see; empty otherwise.
struct Hint {
    std::string text;
    std::string detail;
};
Hint hintFor(const Workspace &workspace, const ViewSources &sources);

} // namespace nms
