// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/field_part.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms {

namespace {

struct Extent {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t length() const { return end - begin; }
};

Extent visibleTexels(double low, double high, std::int64_t cellsPerTexel, std::int64_t texels)
{
    const double scale = double(cellsPerTexel);
    const auto clip = [&](double at) {
        return std::int64_t(std::clamp(at, 0., double(texels)));
    };
    return {clip(std::floor(low / scale)), clip(std::ceil(high / scale))};
}

/// Share of the lengths by which both ranges may be extended on each side: a quarter, but not so much that a frame takes
/// long to copy all of it to the device.
double marginShare(Extent row, Extent col)
{
    constexpr double most = 1 << 22; // texels
    const double visible = std::max(1., double(row.length()) * double(col.length()));
    return std::clamp((std::sqrt(most / visible) - 1) / 2, 0., 0.25);
}

/// Extends the range on each side, as far as the image size and the matrix allow.
Extent withMargin(Extent visible, std::int64_t texels, double share)
{
    const std::int64_t margin = std::clamp((largestFieldSide - visible.length()) / 2, std::int64_t(0),
                                           std::max(std::int64_t(64), std::int64_t(double(visible.length()) * share)));
    return {std::max<std::int64_t>(0, visible.begin - margin), std::min(texels, visible.end + margin)};
}

/// Most texels of a level for so many pixels, if there is a coarser level.
std::int64_t mostTexels(int pixels)
{
    return std::clamp<std::int64_t>(std::int64_t(pixels) * 3 / 2, 1024, largestFieldSide);
}

Extent aroundMiddle(Extent extent, std::int64_t most)
{
    if (extent.length() <= most)
        return extent;
    const std::int64_t begin = extent.begin + (extent.length() - most) / 2;
    return {begin, begin + most};
}

} // namespace

FieldPart chooseFieldPart(std::int64_t rows, std::int64_t cols, const Camera &camera, std::span<const std::int64_t> levels,
                          bool hidden, const FieldPart &current)
{
    if (isSmall(rows, cols))
        return wholePart(rows, cols, 1);
    const CellRect visible = camera.visible();
    for (const std::int64_t level : levels) {
        const std::int64_t texelRows = (rows + level - 1) / level;
        const std::int64_t texelCols = (cols + level - 1) / level;
        Extent row = visibleTexels(visible.row0, visible.row1, level, texelRows);
        Extent col = visibleTexels(visible.col0, visible.col1, level, texelCols);
        const std::int64_t mostRows = mostTexels(camera.height), mostCols = mostTexels(camera.width);
        const bool fits = row.length() <= mostRows && col.length() <= mostCols;
        if (!fits && level != levels.back())
            continue;
        row = aroundMiddle(row, hidden ? mostRows : largestFieldSide);
        col = aroundMiddle(col, hidden ? mostCols : largestFieldSide);
        const bool serves = current.cellsPerTexel == level && current.row0 <= row.begin && current.row1 >= row.end &&
            current.col0 <= col.begin && current.col1 >= col.end && current.row1 <= texelRows && current.col1 <= texelCols;
        if (serves)
            return current;
        const double share = marginShare(row, col);
        row = withMargin(row, texelRows, share);
        col = withMargin(col, texelCols, share);
        return {level, row.begin, col.begin, row.end, col.end};
    }
    return {};
}

FieldPart wholePart(std::int64_t rows, std::int64_t cols, std::int64_t cellsPerTexel)
{
    return {cellsPerTexel, 0, 0, (rows + cellsPerTexel - 1) / cellsPerTexel, (cols + cellsPerTexel - 1) / cellsPerTexel};
}

bool covers(const FieldPart &part, std::int64_t rows, std::int64_t cols, const Camera &camera)
{
    const FieldPart whole = wholePart(rows, cols, part.cellsPerTexel);
    const CellRect visible = camera.visible();
    const Extent row = visibleTexels(visible.row0, visible.row1, part.cellsPerTexel, whole.row1);
    const Extent col = visibleTexels(visible.col0, visible.col1, part.cellsPerTexel, whole.col1);
    return part.size() > 0 && part.row0 <= row.begin && part.row1 >= row.end && part.col0 <= col.begin &&
        part.col1 >= col.end;
}

Matrix<float> cropped(Span2d<const float> values, const FieldPart &part)
{
    auto result = Matrix<float>::forOverwrite(part.row1 - part.row0, part.col1 - part.col0);
    parallelBlocks(result.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const auto source = values.row(part.row0 + row).subspan(std::size_t(part.col0), std::size_t(result.cols()));
            std::copy(source.begin(), source.end(), result.data() + row * result.cols());
        }
    });
    return result;
}

Matrix<float> minified(Span2d<const float> values, std::int64_t factor)
{
    Matrix<float> result((values.rows + factor - 1) / factor, (values.cols + factor - 1) / factor);
    parallelBlocks(result.rows(), 16, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < result.cols(); ++col) {
                double sum = 0;
                std::int64_t count = 0;
                for (std::int64_t r = row * factor; r < std::min(values.rows, (row + 1) * factor); ++r)
                    for (std::int64_t c = col * factor; c < std::min(values.cols, (col + 1) * factor); ++c)
                        if (const float value = values(r, c); !std::isnan(value)) {
                            sum += double(value);
                            ++count;
                        }
                result(row, col) = count > 0 ? float(sum / double(count)) : std::numeric_limits<float>::quiet_NaN();
            }
    });
    return result;
}

Matrix<float> minimapValues(const Matrix<float> &values)
{
    constexpr std::int64_t texels = 56; // along the longer side
    const std::int64_t side = std::max(values.rows(), values.cols());
    return minified(values.span(), std::max<std::int64_t>(1, (side + texels - 1) / texels));
}

} // namespace nms
