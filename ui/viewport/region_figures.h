// SPDX-License-Identifier: Apache-2.0
// What is known of a rectangle of cells, and its values as text.
#pragma once

#include "core/view/camera.h"
#include "ui/viewport/view_sources.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace nms {

/// Cells [row0, row1) × [col0, col1) of the matrix.
struct CellRegion {
    std::int64_t row0 = 0, col0 = 0, row1 = 0, col1 = 0;

    std::int64_t rows() const { return row1 - row0; }
    std::int64_t cols() const { return col1 - col0; }
    std::int64_t count() const { return rows() * cols(); }
    friend bool operator==(const CellRegion &, const CellRegion &) = default;
};

/// Between two cells, both taken in, as far as they lie in a matrix of so many rows and columns; none where nothing does.
std::optional<CellRegion> regionBetween(CellPoint a, CellPoint b, std::int64_t rows, std::int64_t cols);

struct RegionFigures {
    std::int64_t entries = 0;
    std::int64_t notFinite = 0; // of the weights: in no sum
    double weightSum = 0; // of W
    double scoreSum = 0; // of A
    /// Of the mask, or of the plan where there is no mask: Σ S and ⟨S, A⟩ / Σ A.
    bool fromMask = false;
    std::optional<double> kept;
    std::optional<double> keptShare;
    /// Of all tiles that the region touches: of the mask Σ (bound − objective) / Σ bound, of the plan the largest.
    std::optional<double> gap;
    std::int64_t tiles = 0;
};

/// Largest region of which the plan's part is looked at.
inline constexpr std::int64_t mostPlanEntries = 1 << 20;

/// On any thread; `plan` is the region's, where it is known. With `stop` requested the result is of no use.
RegionFigures regionFigures(const ViewSources &sources, const CellRegion &region, const std::optional<Matrix<float>> &plan,
                            const std::stop_token &stop);

/// Names and values as the panel shows them.
std::vector<std::pair<std::string, std::string>> figureLines(const RegionFigures &figures);

/// Largest region that can be copied, in entries.
inline constexpr std::int64_t mostCopiedEntries = 1 << 20;

/// What the view shows of the region: a line for each row, tabs between columns, every number so that it reads back as the
/// same float. Empty where the view has nothing there.
QString regionText(const ViewSources &sources, const CellRegion &region);

} // namespace nms
