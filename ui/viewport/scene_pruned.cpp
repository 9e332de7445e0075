// SPDX-License-Identifier: Apache-2.0
// SceneBuilder: views of the layer during pruning.
#include "ui/viewport/scene_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nms {

/// Weights, mask or error of the layer at the step shown; no field before the pruning has begun.
void SceneBuilder::updatePruned(const FieldPart &part)
{
    const auto &pruned = m_sources.pruned;
    if (!pruned)
        return;
    switch (m_sources.view) {
    case MatrixView::Weights: {
        const Matrix<float> &weights = pruned->layer.weights;
        const bool whole = part.row1 - part.row0 == weights.rows() && part.col1 - part.col0 == weights.cols();
        m_field.values = whole ? std::shared_ptr<const Matrix<float>>(pruned, &weights)
                               : std::make_shared<const Matrix<float>>(cropped(weights.span(), part));
        break;
    }
    case MatrixView::Mask:
        m_field.values = std::make_shared<const Matrix<float>>(maskPart(part));
        break;
    case MatrixView::Error:
        if (!pruned->error)
            break;
        updateErrorScale();
        m_field.values = std::make_shared<const Matrix<float>>(errorMapPart(part));
        break;
    case MatrixView::Score:
    case MatrixView::Plan:
        break;
    }
}

/// Unit of the error map: millionths of the layer's output, because an entry's share is small.
constexpr float millionths = 1e6F;

Matrix<float> SceneBuilder::errorMapPart(const FieldPart &part) const
{
    Matrix<float> result = cropped(m_sources.pruned->error->entries.span(), part);
    std::for_each_n(result.data(), result.size(), [](float &entry) { entry *= millionths; });
    return result;
}

/// 0.5 % of the entries lie outside the range; its end is rounded, so that colours do not change with every step.
void SceneBuilder::updateErrorScale()
{
    const Matrix<float> &entries = m_sources.pruned->error->entries;
    constexpr std::int64_t samples = 1 << 16;
    // Odd, to avoid aliasing with the row length.
    const std::int64_t stride = std::max<std::int64_t>(1, entries.size() / samples) | 1;
    std::vector<float> sizes;
    for (std::int64_t i = 0; i < entries.size(); i += stride)
        if (entries.data()[i] != 0)
            sizes.push_back(std::abs(entries.data()[i]) * millionths);
    m_errorEnd = 1;
    if (sizes.empty())
        return;
    const auto at = sizes.begin() + std::ptrdiff_t(double(sizes.size() - 1) * robustShare);
    std::nth_element(sizes.begin(), at, sizes.end());
    const float decade = std::pow(10.0F, std::floor(std::log10(*at)));
    for (const float step : {1.F, 2.F, 5.F, 10.F})
        if (*at <= step * decade * 1.0001F) {
            m_errorEnd = step * decade;
            return;
        }
}

} // namespace nms
