// SPDX-License-Identifier: Apache-2.0
// Films as files: an animated GIF, an MP4 by ffmpeg, or numbered PNGs.
#pragma once

#include "app/cli/film.h"

#include <memory>
#include <string>

namespace nms::cli {

/// By the ending of `target`: ".gif", ".mp4" (Unsupported where ffmpeg is not installed), or ".png" with one "%d" or "%04d"
/// for the number of the frame, from 0. Usage error for other names. `input` must not be written.
Result<std::unique_ptr<Film>> createFilm(const std::string &target, const std::string &input, int framesPerSecond);

} // namespace nms::cli
