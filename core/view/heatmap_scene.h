// SPDX-License-Identifier: Apache-2.0
// What a heat map shows, defined once for the Vulkan renderer, the CPU painter and the tests.
#pragma once

#include "core/base/device_matrix.h"
#include "core/base/matrix.h"
#include "core/view/camera.h"
#include "core/view/color_map.h"
#include "core/view/theme_colors.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// Values of (a part of) the matrix, one texel for each cellsPerTexel × cellsPerTexel cells, starting at (row0, col0).
/// Immutable; `version` differs whenever the content does, so that a renderer uploads only what changed.
struct HeatmapField {
    std::shared_ptr<const Matrix<float>> values;
    std::int64_t row0 = 0;
    std::int64_t col0 = 0;
    std::int64_t cellsPerTexel = 1;
    std::uint64_t version = 0;
    std::shared_ptr<const DeviceMatrix> onDevice = nullptr; // instead of `values` where they are in device memory

    std::int64_t texelRows() const { return values ? values->rows() : onDevice ? onDevice->rows() : 0; }
    std::int64_t texelCols() const { return values ? values->cols() : onDevice ? onDevice->cols() : 0; }
    bool isThere() const { return values || onDevice; }
    /// Null where there are none. From a device they are copied on the first call.
    const Matrix<float> *onHost() const { return values ? values.get() : onDevice ? &onDevice->all() : nullptr; }
    /// Requires isThere().
    Matrix<float> block(std::int64_t texelRow, std::int64_t texelCol, std::int64_t blockRows, std::int64_t blockCols) const
    {
        return onDevice ? onDevice->block(texelRow, texelCol, blockRows, blockCols)
                        : copyOf(values->span().block(texelRow, texelCol, blockRows, blockCols));
    }
};

struct HeatmapScene {
    Camera camera;
    std::int64_t rows = 0; // of the matrix
    std::int64_t cols = 0;

    HeatmapField field;
    ColorMapId colors = ColorMapId::Inferno;
    ValueScale scale;

    /// One value for each tile, tileRows × tileCols; drawn instead of `field` when zoomed far out. The two are blended
    /// between fadeStart and fadeEnd pixels per cell. Without a tile map the field is drawn at every scale.
    HeatmapField tileMap; // row0 = col0 = 0, cellsPerTexel = tile size m
    ColorMapId tileColors = ColorMapId::Viridis;
    ValueScale tileScale;
    float fadeStart = 2;
    float fadeEnd = 4;

    int tileSize = 0; // m: tile borders are drawn where tiles are at least 12 pixels wide; 0: none
    bool cellLines = true; // thin gaps between cells, from 8 pixels per cell
    std::optional<CellRect> selection; // in cells; outlined in the accent colour
    std::optional<CellRect> hovered;
    ThemeColors theme = darkColors;
};

/// width × height pixels, row-major, top row first.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<Rgba8> pixels;
};

/// Paints the scene at camera.width × camera.height on the CPU, on all cores: the fallback without Vulkan, and the
/// reference for testing the renderer (equal within 2 of 255 in each channel away from line edges).
Image paintHeatmap(const HeatmapScene &scene);

} // namespace nms
