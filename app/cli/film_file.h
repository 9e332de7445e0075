// SPDX-License-Identifier: Apache-2.0
// Films as files: an animated GIF, an MP4 by ffmpeg, or numbered PNGs.
#pragma once

#include "core/base/result.h"

#include <memory>
#include <stop_token>
#include <string>

class QImage;

namespace nms::cli {

/// Call order: create, add…, commit. Nothing is at the target before commit(), and nothing remains of an unfinished film.
/// One thread at a time.
class FilmFile
{
public:
    virtual ~FilmFile() = default;

    /// All frames have the same size.
    virtual Status add(const QImage &frame) = 0;
    virtual Status commit(const std::stop_token &stop) = 0;

    /// By the ending of `target`: ".gif", ".mp4" (Unsupported where ffmpeg is not installed), or ".png" with one "%d" or
    /// "%04d" for the number of the frame, from 0. Usage error for other names. `input` must not be written.
    static Result<std::unique_ptr<FilmFile>> create(const std::string &target, const std::string &input,
                                                    int framesPerSecond);
};

} // namespace nms::cli
