// SPDX-License-Identifier: Apache-2.0
#include "tests/render/scenes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms::test {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
double Noise::next()
{
    std::uint64_t z = m_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

HeatmapField fieldOf(Matrix<float> values, std::int64_t cellsPerTexel, std::int64_t row0, std::int64_t col0)
{
    static std::uint64_t version = 0;
    return {std::make_shared<const Matrix<float>>(std::move(values)), row0, col0, cellsPerTexel, ++version};
}

Matrix<float> madeUpWeights(std::int64_t rows, std::int64_t cols, std::uint64_t seed)
{
    Noise noise(seed);
    Matrix<float> values(rows, cols);
    std::vector<double> rowGain(static_cast<std::size_t>(rows)), colGain(static_cast<std::size_t>(cols));
    for (auto *gains : {&rowGain, &colGain})
        for (double &gain : *gains)
            gain = noise.next() < 0.05 ? 1.0 : 0.6;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c) {
            const double bell = (noise.next() + noise.next() + noise.next() - 1.5) / 1.5;
            values(r, c) = static_cast<float>(bell * rowGain[std::size_t(r)] * colGain[std::size_t(c)]);
        }
    return values;
}

HeatmapScene sceneOf(Matrix<float> values, int width, int height)
{
    HeatmapScene scene;
    scene.rows = values.rows();
    scene.cols = values.cols();
    scene.field = fieldOf(std::move(values));
    scene.camera.width = width;
    scene.camera.height = height;
    scene.camera.fit({0, 0, double(scene.rows), double(scene.cols)}, 0);
    return scene;
}

HeatmapScene randomScene(std::uint64_t seed)
{
    Noise noise(seed);
    const int rows = 1 + noise.below(300);
    const int cols = 1 + noise.below(300);
    HeatmapScene scene;
    scene.rows = rows;
    scene.cols = cols;

    const int cellsPerTexel = noise.next() < 0.3 ? 1 + noise.below(6) : 1;
    const int row0 = noise.next() < 0.3 ? noise.below(rows) : 0;
    const int col0 = noise.next() < 0.3 ? noise.below(cols) : 0;
    Matrix<float> values = madeUpWeights((rows - row0 + cellsPerTexel - 1) / cellsPerTexel,
                                         (cols - col0 + cellsPerTexel - 1) / cellsPerTexel, seed + 1000);
    constexpr float specials[] = {std::numeric_limits<float>::quiet_NaN(),  std::numeric_limits<float>::infinity(),
                                  -std::numeric_limits<float>::infinity(),  std::numeric_limits<float>::max(),
                                  std::numeric_limits<float>::denorm_min(), 0.0f};
    for (int i = noise.below(12); i > 0; --i)
        values(noise.below(int(values.rows())), noise.below(int(values.cols()))) = specials[noise.below(6)];
    scene.field = fieldOf(std::move(values), cellsPerTexel, row0, col0);
    scene.colors = static_cast<ColorMapId>(noise.below(6));
    scene.scale = {-0.5f, 0.5f, false};
    if (noise.next() < 0.4)
        scene.scale = {1e-4f, 1.0f, true};

    if (noise.next() < 0.7)
        scene.tileSize = 2 << noise.below(4);
    if (scene.tileSize > 0 && noise.next() < 0.6) {
        scene.tileMap = fieldOf(madeUpWeights((rows + scene.tileSize - 1) / scene.tileSize,
                                              (cols + scene.tileSize - 1) / scene.tileSize, seed + 2000),
                                scene.tileSize);
        scene.tileScale = {-0.3f, 0.3f, false};
    }
    Camera &camera = scene.camera;
    camera.width = 1 + noise.below(200);
    camera.height = 1 + noise.below(200);
    camera.center = {noise.next() * rows, noise.next() * cols};
    camera.pixelsPerCell = std::exp2(noise.next() * 12 - 6);
    scene.cellLines = noise.next() < 0.8;
    const auto anyRect = [&] {
        const double row = noise.below(rows), col = noise.below(cols);
        return CellRect{row, col, row + 1 + noise.below(16), col + 1 + noise.below(16)};
    };
    if (noise.next() < 0.5)
        scene.selection = anyRect();
    if (noise.next() < 0.5)
        scene.hovered = anyRect();
    return scene;
}

} // namespace nms::test
