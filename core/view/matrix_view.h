// SPDX-License-Identifier: Apache-2.0
// The views of a matrix: what they are called, and the colours and range that they begin with.
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

/// Of all weights of the matrix, signed: a share in [0, 1] of them is at most the value returned, so 0 gives the least and 1
/// the largest.
using WeightQuantile = std::function<float(double share)>;

/// The share of weights that ranges begin with: a few outliers must not darken everything else.
inline constexpr double robustShare = 0.995;

/// A share of all |W| is at most this; half of the others lie at either end of signed data. The largest |W| where it would
/// be 0, and above 0 in any case.
float magnitudeQuantile(const WeightQuantile &weights, double share);

/// The range that `view` begins with; `keptFraction` is that of the pattern, n / m.
ValueScale scaleOf(MatrixView view, const WeightQuantile &weights, double keptFraction);

} // namespace nms
