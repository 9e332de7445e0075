// SPDX-License-Identifier: Apache-2.0
// From a tensor of a file to the scene of one of its views, for core/view's painter or the Vulkan renderer.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/render_values.h"
#include "core/tensor/tensor_source.h"
#include "core/view/heatmap_scene.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nms::jobs {

struct RenderSettings {
    std::string file;
    std::string tensor; // its path, or a glob that matches one tensor; "PATH[1,2]" for one matrix of a stack, else its first
                        // matrix is shown
    MatrixView view = MatrixView::Weights;
    std::vector<AxesRule> axes = {}; // which dimensions form the matrix, if names and shapes do not determine it
    std::optional<CellRegion> region = {}; // none: the whole matrix
    SolveOptions options = {}; // for plan, mask and error
    std::optional<int> iteration = {}; // to which the solve runs; none: to the end
    bool tileBorders = true; // borders of the tiles of options.pattern
    std::int64_t pixels = 1536; // about this many on the longer side, if each cell has at least one; at most 64 per cell
    std::int64_t memoryLimit = std::int64_t(2) << 30; // bytes; weights use a quarter, the rest is for score, values, picture
    std::string score = {}; // what is solved, see ScoreSource::open(); empty: |W|
};

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
