// SPDX-License-Identifier: Apache-2.0
#include "core/view/matrix_view.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

std::optional<MatrixView> viewByName(std::string_view name)
{
    constexpr std::array<std::string_view, 5> names{"weights", "score", "plan", "mask", "error"};
    const auto *found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt : std::optional(MatrixView(found - names.begin()));
}

ColorMapId colorsOf(MatrixView view)
{
    switch (view) {
    case MatrixView::Weights:
        return ColorMapId::Diverging;
    case MatrixView::Mask:
        return ColorMapId::MaskTones;
    case MatrixView::Score:
    case MatrixView::Plan:
    case MatrixView::Error:
        break;
    }
    return ColorMapId::Inferno;
}

float magnitudeQuantile(const WeightQuantile &weights, double share)
{
    const auto larger = [&](double low, double high) {
        return std::max(std::abs(weights(low)), std::abs(weights(high)));
    };
    const float value = larger((1 - share) / 2, (1 + share) / 2);
    return value > 0 ? value : std::max(larger(0, 1), 1e-12F);
}

ValueScale scaleOf(MatrixView view, const WeightQuantile &weights, double keptFraction)
{
    switch (view) {
    case MatrixView::Weights: {
        const float end = magnitudeQuantile(weights, robustShare);
        return {-end, end, false};
    }
    case MatrixView::Score:
        return {0, magnitudeQuantile(weights, robustShare), false};
    case MatrixView::Error: // large weights are rarely lost
        return {0, magnitudeQuantile(weights, 1 - 0.2 * keptFraction), false};
    case MatrixView::Plan:
    case MatrixView::Mask:
        break;
    }
    return {0, 1, false};
}

} // namespace nms
