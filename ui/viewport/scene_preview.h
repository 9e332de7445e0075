// SPDX-License-Identifier: Apache-2.0
// The heat map of a large tensor while it is read: mean magnitudes of a few of its rows, and panels that say so.
#pragma once

#include "core/view/heatmap_scene.h"
#include "ui/models/loaded_tensor.h"
#include "ui/overlay/legend.h"
#include "ui/overlay/minimap.h"

#include <memory>
#include <string>

namespace nms {

/// GUI thread.
class ScenePreview
{
public:
    /// Cheap if it is the same one; null: nothing is read.
    void update(const std::shared_ptr<const TensorPreview> &preview);

    // Of a preview that is not null. There is no histogram, and the range cannot be changed: both come with the tensor.
    HeatmapScene scene(const Camera &camera) const;
    overlay::LegendView legend() const;
    const overlay::MinimapView &minimap() const { return m_minimap; } // the caller fills in `visible`
    /// What is read, and from how many rows the picture is.
    std::string banner() const;

private:
    std::shared_ptr<const TensorPreview> m_preview;
    HeatmapField m_field;
    ValueScale m_scale;
    overlay::MinimapView m_minimap;
};

/// "1 of 16 rows".
std::string sampledRows(const RowSample &sample);

} // namespace nms
