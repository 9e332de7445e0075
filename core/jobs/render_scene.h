// SPDX-License-Identifier: Apache-2.0
// From a tensor of a file to the scene of one of its views, for core/view's painter or the Vulkan renderer.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/render_settings.h"
#include "core/tensor/tensor_source.h"
#include "core/view/heatmap_scene.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nms::jobs {

struct RenderedScene {
    HeatmapScene scene; // with its size in pixels: camera.width × camera.height
    TensorInfo tensor;
    SolutionTotals totals; // see RenderedValues
};

/// `backend` solves if needsSolver(view): in steps for a plan or a given iteration (canWatch), otherwise in one call; it may
/// be null if the view needs no solver. The scene has whole pixels per cell if they fit into 8192 a side, otherwise several
/// cells per pixel. Progress counts entries read and entries solved. Usage error for a region outside the matrix; other
/// errors as selectTensors, readMatrix and the backend.
Result<RenderedScene> renderScene(const RenderSettings &settings, SolverBackend *backend, const Progress &progress,
                                  const Events &events = {});

} // namespace nms::jobs
