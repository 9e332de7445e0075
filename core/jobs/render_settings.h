// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/render_values.h"
#include "core/tensor/axes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

/// What a picture or a film of a tensor shows.
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

} // namespace nms::jobs
