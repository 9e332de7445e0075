// SPDX-License-Identifier: Apache-2.0
// Pictures of tests: compared with each other and with PNG files, and left behind for a look where they differ.
#pragma once

#include "core/view/heatmap_scene.h"

#include <gtest/gtest.h>

#include <string>

namespace nms::test {

Rgba8 pixelAt(const Image &image, int x, int y);

/// At most `maxOutliers` of the pixels may differ by more than `tolerance` of 255 in any channel. On failure
/// <name>-actual.png, <name>-expected.png and <name>-diff.png (differences × 16) are written into NMS_TEST_OUTPUT.
::testing::AssertionResult picturesMatch(const Image &actual, const Image &expected, const std::string &name, int tolerance,
                                         double maxOutliers);

/// Against tests/render/golden/<name>.png: tolerance 2, 0.1 % outliers. NMS_UPDATE_GOLDEN=1 writes the file instead.
::testing::AssertionResult matchesGolden(const Image &actual, const std::string &name);

} // namespace nms::test
