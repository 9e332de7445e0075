// SPDX-License-Identifier: Apache-2.0
// What the overlay's panels read, taken from the workspace.
#pragma once

#include "core/view/camera.h"
#include "ui/overlay/overlay.h"
#include "ui/viewport/playback.h"
#include "ui/viewport/scene_builder.h"
#include "ui/viewport/view_sources.h"

#include <optional>

namespace nms {

overlay::TimelineView timelineView(const Workspace &workspace, const Playback &playback);

overlay::ReadoutView readoutView(const ViewSources &sources, std::int64_t row, std::int64_t col);

/// `layer` is kept if it has values, otherwise another one that has.
overlay::TileInspectorView inspectorView(const Workspace &workspace, const ViewSources &sources, std::int64_t tile,
                                         overlay::TileLayer layer);

/// The visible entries, once they are `leastSide` pixels or larger.
std::optional<overlay::CellValuesView> cellValuesView(const SceneBuilder &scenes, const Camera &camera, std::int64_t rows,
                                                      std::int64_t cols, double leastSide);

/// What to say where there is nothing to see; empty where there is.
struct Hint {
    std::string text;
    std::string detail;
};
Hint hintFor(const Workspace &workspace, const ViewSources &sources);

} // namespace nms
