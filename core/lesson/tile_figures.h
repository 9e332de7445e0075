// SPDX-License-Identifier: Apache-2.0
// The figures of a small tile that a lesson may print.
#pragma once

#include "core/base/result.h"
#include "core/sandbox/sandbox_solve.h"

#include <span>
#include <string_view>
#include <vector>

namespace nms::lesson {

/// "objective", "plan(row, column)", …
std::span<const std::string_view> tileFigureForms();

/// One of them, of `iterate` in `history`; rows and columns count from 1. Input error for places outside the tile, and where
/// the method has no such figure (potentials of greedy).
Result<double> tileFigure(const TileProblem &tile, const TileHistory &history, const TileIterate &iterate,
                          std::string_view name, const std::vector<double> &arguments);

} // namespace nms::lesson
