// SPDX-License-Identifier: Apache-2.0
#include "app/cli/film_file.h"

#include "app/cli/gif_film.h"
#include "app/cli/png_file.h"
#include "app/cli/qimage_pixels.h"
#include "core/base/child_process.h"
#include "core/io/disk/atomic_file.h"

#include <QImage>
#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <regex>
#include <vector>

namespace nms::cli {

namespace {

/// Each frame goes to a file of its own, all of them put in place by commit().
class PngFilm final : public Film
{
public:
    PngFilm(std::string name, std::string input) : m_name(std::move(name)), m_input(std::move(input)) { }

    Status add(const QImage &frame) override
    {
        auto file = AtomicFile::create(nameOf(m_frames.size()), m_input);
        if (!file)
            return fail(file.error());
        if (const Status encoded = encodePng(imageOf(frame), *file); !encoded)
            return encoded;
        m_frames.push_back(std::move(*file));
        return {};
    }

    Status commit(const std::stop_token &) override
    {
        for (AtomicFile &frame : m_frames)
            if (const Status committed = frame.commit(); !committed)
                return committed;
        return {};
    }

private:
    /// "frame-%04d.png" → "frame-0017.png".
    std::string nameOf(std::size_t number) const
    {
        static const std::regex place("%(?:0([1-9]))?d");
        std::smatch found;
        std::regex_search(m_name, found, place);
        std::string digits = std::to_string(number);
        if (found[1].matched && digits.size() < std::size_t(std::stoi(found[1])))
            digits.insert(0, std::size_t(std::stoi(found[1])) - digits.size(), '0');
        return found.prefix().str() + digits + found.suffix().str();
    }

    const std::string m_name;
    const std::string m_input;
    std::vector<AtomicFile> m_frames;
};

/// Frames wait as PNGs in a temporary folder until ffmpeg encodes them.
class Mp4Film final : public Film
{
public:
    Mp4Film(AtomicFile file, int framesPerSecond) : m_file(std::move(file)), m_framesPerSecond(framesPerSecond) { }

    Status add(const QImage &frame) override
    {
        if (!m_folder.isValid() ||
            !frame.save(m_folder.filePath(QStringLiteral("%1.png").arg(m_frames, 6, 10, QLatin1Char('0')))))
            return fail(ErrorKind::Io, m_folder.path().toStdString(), "cannot hold the frames",
                        "set TMPDIR to a folder with more space");
        ++m_frames;
        return {};
    }

    Status commit(const std::stop_token &stop) override
    {
        const std::string film = m_folder.filePath(QStringLiteral("film.mp4")).toStdString();
        auto ffmpeg = ChildProcess::start(
            {.words = {"ffmpeg", "-nostdin", "-loglevel", "error", "-framerate", std::to_string(m_framesPerSecond), "-i",
                       m_folder.filePath(QStringLiteral("%06d.png")).toStdString(), "-vf",
                       "pad=ceil(iw/2)*2:ceil(ih/2)*2", // H.264 wants even sides
                       "-pix_fmt", "yuv420p", "-movflags", "+faststart", film},
             .showErrors = true});
        if (!ffmpeg)
            return fail(errorOf(ffmpeg.error(), "ffmpeg"));
        const auto ended = ffmpeg->readAll({}, stop);
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, m_file.target(), "stopped before the film was written");
        if (!ended)
            return fail(errorOf(ended.error(), "ffmpeg"));
        std::ifstream in(film, std::ios::binary);
        for (std::vector<char> bytes(std::size_t(1) << 20); in;) {
            in.read(bytes.data(), std::streamsize(bytes.size()));
            if (const Status appended = m_file.append(std::as_bytes(std::span(bytes.data(), std::size_t(in.gcount()))));
                !appended)
                return appended;
        }
        return m_file.commit();
    }

private:
    AtomicFile m_file;
    const int m_framesPerSecond;
    QTemporaryDir m_folder;
    int m_frames = 0;
};

bool isInstalled(const char *program)
{
    auto process = ChildProcess::start({.words = {program, "-version"}});
    return process && process->readAll({.total = std::chrono::seconds(10)}, {});
}

} // namespace

Result<std::unique_ptr<Film>> createFilm(const std::string &target, const std::string &input, int framesPerSecond)
{
    const std::string ending = std::filesystem::path(target).extension();
    if (ending == ".png") {
        static const std::regex numbered("[^%]*%(?:0[1-9])?d[^%]*");
        if (!std::regex_match(target, numbered))
            return fail(ErrorKind::Usage, target, "names one picture, not a film",
                        "put %04d where the number of the frame goes, or use a name ending in .gif or .mp4");
        return std::make_unique<PngFilm>(target, input);
    }
    if (ending != ".gif" && ending != ".mp4")
        return fail(ErrorKind::Usage, target, "films are written as .gif, .mp4 or numbered .png",
                    "use a name such as plan.gif");
    if (ending == ".mp4" && !isInstalled("ffmpeg"))
        return fail(ErrorKind::Unsupported, target, "needs ffmpeg, which is not installed",
                    "apt install ffmpeg, or write a .gif");
    auto file = AtomicFile::create(target, input);
    if (!file)
        return fail(file.error());
    if (ending == ".mp4")
        return std::make_unique<Mp4Film>(std::move(*file), framesPerSecond);
    return std::make_unique<GifFilm>(std::move(*file), framesPerSecond);
}

} // namespace nms::cli
