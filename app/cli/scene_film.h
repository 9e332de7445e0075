// SPDX-License-Identifier: Apache-2.0
// A film of scenes: each frame is a picture above a strip that says its iteration.
#pragma once

#include "core/base/result.h"
#include "core/view/heatmap_scene.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms::cli {

/// Call order: add…, commit. Nothing is at the target before commit(), and nothing remains of an unfinished film. One thread
/// at a time.
class SceneFilm
{
public:
    virtual ~SceneFilm() = default;

    /// The state after `iteration` of `last` iterations. All scenes have the same size.
    virtual Status add(const HeatmapScene &scene, int iteration, int last) = 0;
    virtual Status commit(const std::stop_token &stop) = 0;
};

/// By the ending of `target`, as createFilm(); Unsupported in a program that is built without Qt.
Result<std::unique_ptr<SceneFilm>> createSceneFilm(const std::string &target, const std::string &input, int framesPerSecond);

} // namespace nms::cli
