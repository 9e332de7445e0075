// SPDX-License-Identifier: Apache-2.0
// The views of a matrix: their names, and their default colours and ranges.
#pragma once

#include "core/view/color_map.h"

#include <functional>
#include <optional>
#include <string_view>

namespace nms {

enum class MatrixView { Weights, Score, Plan, Mask, Error };

/// "weights", "score", "plan", "mask" or "error".
std::optional<MatrixView> viewByName(std::string_view name);

ColorMapId colorsOf(MatrixView view);

/// The quantile function of all signed weights of the matrix: the share `share` in [0, 1] of them is at most the result, so
/// 0 gives the smallest weight and 1 the largest.
using WeightQuantile = std::function<float(double share)>;

/// The share of weights that default ranges cover: a few outliers must not darken everything else.
inline constexpr double robustShare = 0.995;

/// A value that |W| does not exceed for at least the share `share` of the weights, taken from signed data by leaving out
/// half of the others at either end. Where it would be 0, the largest |W|, and positive in any case.
float magnitudeQuantile(const WeightQuantile &weights, double share);

/// The default range of `view`; `keptFraction` is that of the pattern, n / m.
ValueScale scaleOf(MatrixView view, const WeightQuantile &weights, double keptFraction);

} // namespace nms
