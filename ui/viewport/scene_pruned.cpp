// SPDX-License-Identifier: Apache-2.0
// SceneBuilder: the range of the error map of a layer during pruning.
#include "ui/viewport/scene_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nms {

/// Unit of the error map: millionths of the layer's output, because an entry's share is small.
constexpr float millionths = 1e6F;

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
