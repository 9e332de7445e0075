// SPDX-License-Identifier: Apache-2.0
// A film of a solve: one view of a tensor after chosen iterations.
#pragma once

#include "core/jobs/render_scene.h"

#include <functional>
#include <vector>

namespace nms::jobs {

/// The iterations that a film of 0 … last shows in at most `frames` frames, ascending, 0 and last among them: all if they
/// fit, otherwise at distances that grow geometrically, since a plan changes most in its first iterations.
std::vector<int> filmedIterations(int last, int frames);

/// Takes one frame; `last` is the last iteration of the film. An error ends it. Scenes of one film have the same size and
/// colours.
using FrameVisitor = std::function<Status(const HeatmapScene &scene, int iteration, int last)>;

struct RenderedAnimation {
    TensorInfo tensor;
    std::vector<int> iterations; // shown
};

/// Films `picture` (plan, mask or error) from iteration 0 to picture.iteration, or to the end, in at most `frames` ≥ 2
/// frames. The method must be one that can be watched. Progress counts entries read, then cells drawn. `onFrame` runs on the
/// calling thread. Usage error for a view without a solver; other errors as renderScene.
Result<RenderedAnimation> renderAnimation(const RenderSettings &picture, int frames, SolverBackend *backend,
                                          const Progress &progress, const Events &events, const FrameVisitor &onFrame);

} // namespace nms::jobs
