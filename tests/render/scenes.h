// SPDX-License-Identifier: Apache-2.0
// Made-up data and scenes over it, the same on every machine.
#pragma once

#include "core/view/heatmap_scene.h"

#include <cstdint>

namespace nms::test {

/// Uniform in [0, 1) without <random>'s distributions, which differ between standard libraries.
class Noise
{
public:
    explicit Noise(std::uint64_t seed) : m_state(seed) { }
    double next();
    int below(int limit) { return static_cast<int>(next() * limit); }

private:
    std::uint64_t m_state;
};

HeatmapField fieldOf(Matrix<float> values, std::int64_t cellsPerTexel = 1, std::int64_t row0 = 0, std::int64_t col0 = 0);

/// Roughly normal with zero mean, |value| < 1, a few rows and columns larger than the rest.
Matrix<float> madeUpWeights(std::int64_t rows, std::int64_t cols, std::uint64_t seed);

/// A scene that shows all of `values` in width × height pixels.
HeatmapScene sceneOf(Matrix<float> values, int width, int height);

/// Anything goes: size, camera, region, texel size, scales, tile map, NaN and Inf, selection, hover.
HeatmapScene randomScene(std::uint64_t seed);

} // namespace nms::test
