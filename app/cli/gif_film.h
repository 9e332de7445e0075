// SPDX-License-Identifier: Apache-2.0
// An animated GIF by giflib, frame by frame.
#pragma once

#include "app/cli/film.h"
#include "core/io/disk/atomic_file.h"

#include <memory>

struct GifFileType;

namespace nms::cli {

/// Repeats for ever. Frames of up to 256 colours are exact, others are reduced to 256 by giflib's median cut. The last frame
/// stays for two seconds.
class GifFilm final : public Film
{
public:
    GifFilm(AtomicFile file, int framesPerSecond);
    ~GifFilm() override;

    Status add(const QImage &frame) override;
    Status commit(const std::stop_token &stop) override;

private:
    Status begin(int width, int height);
    Status write(const QImage &frame, int delay); // hundredths of a second
    Error error(const char *what) const;
    static int append(GifFileType *gif, const unsigned char *bytes, int count);

    AtomicFile m_file;
    Status m_appended; // of the last append()
    const int m_delay;
    GifFileType *m_gif = nullptr; // open between begin() and commit()
    std::unique_ptr<QImage> m_last; // written when its delay is known
};

} // namespace nms::cli
