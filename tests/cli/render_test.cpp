// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <QColor>
#include <QImage>
#include <QImageReader>
#include <QString>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class CliRender : public CliTest
{
protected:
    /// Renders a region of the sample's query matrix and returns the picture.
    QImage render(const std::string &view, const std::vector<std::string> &more,
                  const std::vector<std::string> &environment = {})
    {
        std::vector<std::string> arguments{"render", sample(), "--tensor", queryPath, "--view", view, "-o", path("p.png")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished finished = runProgram(arguments, environment);
        EXPECT_EQ(finished.exitStatus, 0) << finished.err;
        m_messages = finished.err;
        return QImage(QString::fromStdString(path("p.png"))).convertToFormat(QImage::Format_RGB32);
    }

    std::string m_messages;
};

std::set<QRgb> colorsOf(const QImage &image)
{
    std::set<QRgb> colors;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            colors.insert(image.pixel(x, y));
    return colors;
}

TEST_F(CliRender, WholePixelsForEachCell)
{
    const QImage whole = render("weights", {});
    EXPECT_EQ(whole.size(), QSize(384 * 4, 384 * 4));
    EXPECT_GT(colorsOf(whole).size(), 100U);
    const QImage part = render("weights", {"--region", "0:32,16:80"});
    EXPECT_EQ(part.width(), 2 * part.height());
    EXPECT_EQ(part.width() % 64, 0);
    EXPECT_GT(colorsOf(part).size(), 50U);
}

TEST_F(CliRender, PartsMatchTheWhole)
{
    const QImage whole = render("score", {});
    const QImage part = render("score", {"--region", "128:384,64:320"}); // 6 pixels a cell, 4 in the whole
    ASSERT_EQ(part.width(), 256 * 6);
    for (const auto &[row, col] : {std::pair(130, 70), std::pair(300, 200), std::pair(383, 319)})
        EXPECT_EQ(whole.pixel(col * 4 + 2, row * 4 + 2), part.pixel((col - 64) * 6 + 3, (row - 128) * 6 + 3));
}

TEST_F(CliRender, EveryViewDiffers)
{
    std::set<std::string> pictures;
    for (const std::string view : {"weights", "score", "plan", "mask", "error"}) {
        SCOPED_TRACE(view);
        const QImage image = render(view, {"--region", "0:64,0:64", "--pattern", "8:16"});
        EXPECT_GT(colorsOf(image).size(), 1U);
        pictures.insert(readFile(path("p.png")));
    }
    EXPECT_EQ(pictures.size(), 5U);
}

TEST_F(CliRender, MaskHasHalfItsCellsKept)
{
    const QImage image = render("mask", {"--region", "32:64,16:48", "--pattern", "8:16", "--method", "exact"});
    const int cell = image.width() / 32;
    std::map<QRgb, int> counts;
    for (int row = 0; row < 32; ++row)
        for (int col = 0; col < 32; ++col)
            ++counts[image.pixel(col * cell + cell / 2, row * cell + cell / 2)];
    ASSERT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts.begin()->second, 512);
}

TEST_F(CliRender, ThePlanSharpensWithItsIterations)
{
    const QImage start = render("plan", {"--region", "0:32,0:32", "--iteration", "1"});
    const QImage later = render("plan", {"--region", "0:32,0:32", "--iteration", "200"});
    EXPECT_NE(start, later);
}

TEST_F(CliRender, PaintsWithoutVulkan)
{
    const QImage drawn = render("mask", {"--region", "0:32,0:32"});
    const QImage painted =
        render("mask", {"--region", "0:32,0:32"}, {"VK_ICD_FILENAMES=/nowhere.json", "VK_DRIVER_FILES=/nowhere.json"});
    EXPECT_THAT(m_messages, HasSubstr("painted without Vulkan"));
    EXPECT_EQ(drawn.size(), painted.size());
    EXPECT_EQ(drawn.pixel(24, 24), painted.pixel(24, 24));
}

TEST_F(CliRender, LargeMatricesAreAveraged)
{
    writeSafetensors(path("wide.safetensors"), {{"w", gaussianTensor({8, 20000}, 1)}});
    const Finished finished =
        runProgram({"render", path("wide.safetensors"), "--tensor", "w", "--view", "score", "-o", path("w.png")});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const QImage image(QString::fromStdString(path("w.png")));
    EXPECT_EQ(image.width(), 6667); // 3 columns a pixel
    EXPECT_EQ(image.height(), 3);
}

TEST_F(CliRender, NanHasAColourOfItsOwn)
{
    std::vector<float> values(16 * 16, 1.0F);
    values[2 * 16 + 3] = std::nanf("");
    writeSafetensors(path("nan.safetensors"), {{"w", floatTensor({16, 16}, values)}});
    const std::vector<std::string> arguments{"render", path("nan.safetensors"), "--tensor", "w",
                                             "-o",     path("n.png"),           "--view"};
    auto weights = arguments, mask = arguments;
    weights.emplace_back("weights");
    mask.emplace_back("mask");
    ASSERT_EQ(runProgram(weights).exitStatus, 0);
    const QImage image(QString::fromStdString(path("n.png")));
    const int cell = image.width() / 16;
    EXPECT_EQ(image.pixelColor(3 * cell + cell / 2, 2 * cell + cell / 2), QColor(255, 0, 170));
    const Finished refused = runProgram(mask);
    EXPECT_EQ(refused.exitStatus, 1);
    expectOneLineOfError(refused, "render");
}

TEST_F(CliRender, TellsOfTilesThatHaveNotConverged)
{
    const std::vector<std::string> few{"--method", "dykstra", "--iterations", "3", "--region", "0:64,0:64"};
    for (const std::string view : {"plan", "mask", "error"}) {
        render(view, few);
        EXPECT_THAT(m_messages, HasSubstr("nmscope render: warning: 16 of 16 tiles have not converged")) << view;
    }
    std::vector<std::string> onTheWay = few;
    onTheWay.insert(onTheWay.end(), {"--iteration", "3"}); // asked for
    render("mask", onTheWay);
    EXPECT_THAT(m_messages, Not(HasSubstr("warning")));
    render("mask", {"--method", "exact", "--region", "0:64,0:64"});
    EXPECT_THAT(m_messages, Not(HasSubstr("warning")));
    render("score", few);
    EXPECT_THAT(m_messages, Not(HasSubstr("warning")));
}

TEST_F(CliRender, PlanOfAMethodWithoutOneIsRefused)
{
    const Finished finished =
        runProgram({"render", sample(), "--tensor", queryPath, "--view", "plan", "--method", "greedy", "-o", path("p.png")});
    EXPECT_EQ(finished.exitStatus, 1);
    expectOneLineOfError(finished, "render");
    EXPECT_THAT(filesLeft(), ElementsAre());
}

/// Frames of a GIF as Qt's reader, which is not ours, sees them.
std::vector<QImage> framesOf(const std::string &file)
{
    QImageReader reader(QString::fromStdString(file));
    std::vector<QImage> frames;
    for (QImage frame; reader.read(&frame);)
        frames.push_back(frame.convertToFormat(QImage::Format_RGB32));
    return frames;
}

TEST_F(CliRender, AFilmShowsThePicturesOfItsIterations)
{
    const std::vector<std::string> region{"--region", "3:50,16:81", "--pixels", "200", "--iterations", "30"};
    std::vector<std::string> arguments{"render", sample(),    "--tensor", queryPath, "--view",
                                       "plan",   "--animate", "--frames", "7"};
    arguments.insert(arguments.end(), region.begin(), region.end());
    std::vector<std::string> gif = arguments;
    gif.insert(gif.end(), {"-o", path("film.gif")});
    const Finished finished = runProgram(gif);
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("7 frames, iterations 0 to 30"));
    const std::vector<QImage> frames = framesOf(path("film.gif"));
    ASSERT_EQ(frames.size(), 7U);
    std::vector<std::string> png = arguments;
    png.insert(png.end(), {"-o", path("f-%03d.png")});
    ASSERT_EQ(runProgram(png).exitStatus, 0);
    for (std::size_t k = 0; k < frames.size(); ++k) {
        char name[32];
        std::snprintf(name, sizeof name, "f-%03zu.png", k);
        const QImage still = QImage(QString::fromStdString(path(name))).convertToFormat(QImage::Format_RGB32);
        ASSERT_EQ(still.size(), frames[k].size()) << name;
        std::int64_t far = 0;
        for (int y = 0; y < still.height(); ++y)
            for (int x = 0; x < still.width(); ++x) {
                const QRgb a = still.pixel(x, y), b = frames[k].pixel(x, y);
                far += std::abs(qRed(a) - qRed(b)) + std::abs(qGreen(a) - qGreen(b)) + std::abs(qBlue(a) - qBlue(b)) > 48;
            }
        EXPECT_LT(far, still.width() * still.height() / 100) << name; // 256 colours stand for all
    }
    // The last frame is the picture of the end.
    std::vector<std::string> more = region;
    more.insert(more.end(), {"--iteration", "30"});
    const QImage end = render("plan", more);
    const QImage last = QImage(QString::fromStdString(path("f-006.png"))).convertToFormat(QImage::Format_RGB32);
    EXPECT_EQ(end, last.copy(0, 0, end.width(), end.height()));
    EXPECT_NE(frames.front().copy(0, 0, end.width(), end.height()), frames.back().copy(0, 0, end.width(), end.height()));
}

TEST_F(CliRender, AFilmOfTheExactMethodEndsWithItsProof)
{
    const Finished finished =
        runProgram({"render", sample(), "--tensor", queryPath, "--view", "mask", "--method", "exact", "--animate",
                    "--region", "0:32,0:32", "--pixels", "64", "--frames", "5", "-o", path("exact.gif")});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_GE(framesOf(path("exact.gif")).size(), 2U);
}

TEST_F(CliRender, FilmsThatCannotBeAreRefusedAndLeaveNothing)
{
    const auto refused = [&](const std::vector<std::string> &more) {
        std::vector<std::string> arguments{"render", sample(), "--tensor", queryPath, "--region", "0:16,0:16", "--animate"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runProgram(arguments);
    };
    EXPECT_EQ(refused({"--view", "weights", "-o", path("w.gif")}).exitStatus, 2);
    EXPECT_EQ(refused({"--view", "plan", "-o", path("one.png")}).exitStatus, 2);
    EXPECT_EQ(refused({"--view", "plan", "-o", path("two-%d-%d.png")}).exitStatus, 2);
    EXPECT_EQ(refused({"--view", "plan", "-o", path("film.avi")}).exitStatus, 2);
    EXPECT_EQ(refused({"--view", "plan", "--frames", "1", "-o", path("film.gif")}).exitStatus, 2);
    EXPECT_EQ(refused({"--view", "plan", "-o", sample()}).exitStatus, 2);
    const Finished noFfmpeg = runProgram(
        {"render", sample(), "--tensor", queryPath, "--view", "plan", "--animate", "-o", path("f.mp4")}, {"PATH=/nowhere"});
    EXPECT_EQ(noFfmpeg.exitStatus, 1);
    EXPECT_THAT(noFfmpeg.err, HasSubstr("needs ffmpeg"));
    EXPECT_THAT(filesLeft(), testing::IsEmpty());
}

TEST_F(CliRender, FfmpegWritesTheSameFilm)
{
    if (std::system("ffmpeg -version >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "ffmpeg is not installed";
    const Finished finished = runProgram({"render", sample(), "--tensor", queryPath, "--view", "plan", "--animate",
                                          "--region", "0:33,0:47", "--pixels", "47", "--frames", "4", "-o", path("f.mp4")});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    std::ifstream film(path("f.mp4"), std::ios::binary);
    std::string head(12, '\0');
    film.read(head.data(), 12);
    EXPECT_EQ(head.substr(4, 4), "ftyp");
}

} // namespace nms::test
