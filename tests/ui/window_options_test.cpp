// SPDX-License-Identifier: Apache-2.0
#include "app/window_options.h"

#include <gtest/gtest.h>

using namespace nms;

namespace {

TEST(WindowOptions, FilesAloneAreNoScript)
{
    const auto options = parseWindowOptions({"nmscope", "a.h5", "b.safetensors"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->files, (QStringList{"a.h5", "b.safetensors"}));
    EXPECT_FALSE(options->isScripted());
}

TEST(WindowOptions, EverythingAtOnce)
{
    const auto options = parseWindowOptions(
        {"nmscope", "--size",    "1280x800", "--view",         "plan",  "--pattern", "4:8",   "--method",
         "exact",   "--run-to",  "37",       "--zoom-to-tile", "12",    "--panel",   "tiles", "--select-tensor",
         "w",       "--compare", "--light",  "--screenshot",   "x.png", "a.h5"});
    ASSERT_TRUE(options) << options.error().line();
    EXPECT_EQ(options->size, QSize(1280, 800));
    EXPECT_EQ(options->view, MatrixView::Plan);
    EXPECT_EQ(options->pattern, (NmPattern{4, 8}));
    EXPECT_EQ(options->method, Method::Exact);
    EXPECT_EQ(options->runTo, 37);
    EXPECT_EQ(options->zoomToTile, 12);
    EXPECT_EQ(options->tensor, "w");
    EXPECT_TRUE(options->compare);
    EXPECT_TRUE(options->light);
    EXPECT_TRUE(options->isScripted());
    EXPECT_EQ(parseWindowOptions({"nmscope", "--run-to", "end"})->runTo, 0);
}

TEST(WindowOptions, TheTableIsWhatIsParsed)
{
    for (const WindowOption &option : windowOptionTable()) {
        EXPECT_STRNE(option.text, "") << option.name;
        for (const QString &choice : QString::fromLatin1(option.choices).split(' ', Qt::SkipEmptyParts))
            EXPECT_TRUE(parseWindowOptions({"nmscope", QStringLiteral("--") + option.name, choice})) << choice.toStdString();
        const bool mayBeAlone = option.value[0] == '\0' || QLatin1String(option.name) == QLatin1String("tile");
        if (mayBeAlone) {
            EXPECT_TRUE(parseWindowOptions({"nmscope", QStringLiteral("--") + option.name})) << option.name;
        } else {
            EXPECT_FALSE(parseWindowOptions({"nmscope", QStringLiteral("--") + option.name})) << option.name;
        }
    }
}

TEST(WindowOptions, TilesMayBeNamed)
{
    EXPECT_FALSE(parseWindowOptions({"nmscope"})->tile);
    EXPECT_EQ(parseWindowOptions({"nmscope", "--tile"})->tile, "random-4:8");
    EXPECT_EQ(parseWindowOptions({"nmscope", "--tile", "--light"})->tile, "random-4:8");
    EXPECT_EQ(parseWindowOptions({"nmscope", "--tile=greedy-2:4"})->tile, "greedy-2:4");
    const auto options = parseWindowOptions({"nmscope", "--tile", "factories", "--method", "alternating", "--run-to", "3"});
    ASSERT_TRUE(options) << options.error().line();
    EXPECT_EQ(options->tile, "factories");
    EXPECT_EQ(options->tileMethod, "alternating");
    EXPECT_EQ(options->runTo, 3);
    EXPECT_FALSE(options->method);
}

TEST(WindowOptions, NonsenseIsAUsageError)
{
    const QStringList wrong[] = {{"--size", "big"},          {"--view", "nothing"},
                                 {"--pattern", "9:8"},       {"--method", "magic"},
                                 {"--run-to", "0"},          {"--run-to", "x"},
                                 {"--zoom-to-tile", "-1"},   {"--panel", "kitchen"},
                                 {"--no-such-option"},       {"--view"},
                                 {"--tile", "no such tile"}, {"--tile", "ties", "--method", "magic"}};
    for (const QStringList &arguments : wrong) {
        const auto options = parseWindowOptions(QStringList{"nmscope"} + arguments);
        ASSERT_FALSE(options) << arguments.join(' ').toStdString();
        EXPECT_EQ(options.error().kind, ErrorKind::Usage) << arguments.join(' ').toStdString();
        EXPECT_FALSE(options.error().line().empty());
    }
}

} // namespace
