// SPDX-License-Identifier: Apache-2.0
// Figures of a rectangle of cells, and its values as text.
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

/// The rectangle between two cells, both included, clipped to a matrix of rows × cols; empty if nothing is left.
std::optional<CellRegion> regionBetween(CellPoint a, CellPoint b, std::int64_t rows, std::int64_t cols);

struct RegionFigures {
    std::int64_t entries = 0;
    std::int64_t notFinite = 0; // number of NaN or infinite weights, excluded from the sums
    double weightSum = 0; // of W
    double scoreSum = 0; // of A
    /// `kept` = Σ S and `keptShare` = ⟨S, A⟩ / Σ A, of the mask, or of the plan if there is no mask.
    bool fromMask = false;
    std::optional<double> kept;
    std::optional<double> keptShare;
    /// Over all tiles that the region touches: for the mask Σ (bound − objective) / Σ bound, for the plan the largest gap.
    std::optional<double> gap;
    std::int64_t tiles = 0;
};

/// Largest region, in entries, for which figures of the plan are computed.
inline constexpr std::int64_t mostPlanEntries = 1 << 20;

/// `plan`: the plan's entries in the region, if known. When `stop` is requested, the result is incomplete. Any thread.
RegionFigures regionFigures(const ViewSources &sources, const CellRegion &region, const std::optional<Matrix<float>> &plan,
                            const std::stop_token &stop);

/// Names and values as the panel shows them.
std::vector<std::pair<std::string, std::string>> figureLines(const RegionFigures &figures);

/// Largest region that can be copied, in entries.
inline constexpr std::int64_t mostCopiedEntries = 1 << 20;

/// The values that the view shows in the region: one line per row, columns separated by tabs, numbers in the shortest form
/// that reads back as the same float. Empty if the view has no values there.
QString regionText(const ViewSources &sources, const CellRegion &region);

} // namespace nms
