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
    std::string tensor; // its path, or a glob that matches one; of a stack "PATH[1,2]", or its first matrix
    MatrixView view = MatrixView::Weights;
    std::vector<AxesRule> axes = {}; // which dimensions are the matrix, where names and shapes do not tell
    std::optional<CellRegion> region = {}; // none: the whole matrix
    SolveOptions options = {}; // of plan, mask and error
    std::optional<int> iteration = {}; // how far these are solved; none: to the end
    bool tileBorders = true; // of options.pattern
    std::int64_t memoryLimit = std::int64_t(2) << 30; // bytes; weights take a quarter: beside them score, values, picture
    std::string score = {}; // what is solved, see ScoreSource::open(); empty: |W|
};

struct RenderedScene {
    HeatmapScene scene; // with its size in pixels: camera.width × camera.height
    TensorInfo tensor;
    SolutionTotals totals; // see RenderedValues
};

/// `backend` solves where needsSolver(view), by steps for a plan or an iteration (canWatch), else in one go; may be null
/// elsewhere. The scene has whole pixels a cell where they fit into 8192 a side, else several cells a pixel. Progress counts
/// entries read and entries solved. Usage error for a region that reaches beyond the matrix; other errors as selectTensors,
/// readMatrix and the backend.
Result<RenderedScene> renderScene(const RenderSettings &settings, SolverBackend *backend, const Progress &progress,
                                  const Events &events = {});

} // namespace nms::jobs
