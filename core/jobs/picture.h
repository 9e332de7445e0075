// SPDX-License-Identifier: Apache-2.0
// What pictures and films of one tensor share: its weights read, its region, its scene. Private to core/jobs.
#pragma once

#include "core/jobs/job.h"
#include "core/jobs/render_settings.h"
#include "core/jobs/score_source.h"
#include "core/tensor/tensor_source.h"
#include "core/view/heatmap_scene.h"

#include <optional>
#include <string>

namespace nms::jobs {

/// One matrix, read, and what is shown of it.
struct PictureSource {
    std::string fileName;
    TensorInfo tensor;
    CellRegion region;
    ScoreSource score;
    Matrix<float> weights;

    std::string where() const { return fileName + ": " + tensor.path; }
    std::int64_t cells() const { return region.rows() * region.cols(); } // shown
};

/// Checks the settings, opens the file, selects the tensor, reads its weights. `counts` is created with the number of
/// entries to read plus `frames` times the cells shown, which is what is solved or drawn, and has ended the step of reading.
/// Errors as renderScene.
Result<PictureSource> readPicture(const RenderSettings &settings, const SolverBackend *backend, std::int64_t frames,
                                  const Progress &progress, const Events &events, std::optional<JobProgress> &counts);

/// Whole pixels per cell if the picture then fits into largestSide, otherwise several cells per pixel (their mean). Colours
/// and range are the window's defaults; the range is that of the whole matrix, so that pictures of its parts are comparable.
HeatmapScene makeScene(MatrixView view, const Matrix<float> &weights, const CellRegion &region, Matrix<float> values,
                       NmPattern pattern, bool showsTiles, std::int64_t wantedSide);

} // namespace nms::jobs
