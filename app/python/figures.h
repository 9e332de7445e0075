// SPDX-License-Identifier: Apache-2.0
// What a solve tells, as properties of a Python class.
#pragma once

#include "app/python/values.h"
#include "core/jobs/solve_memory.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <vector>

namespace nms::python {

/// `figure` of each tile, matrices × rows of tiles × columns of tiles; None where tiles were not asked for.
template <class Figure> nanobind::object tileFigures(const jobs::SolvedMemory &solved, Figure figure)
{
    if (solved.tiles.empty())
        return nanobind::none();
    std::vector<double> values(solved.tiles.size());
    std::transform(solved.tiles.begin(), solved.tiles.end(), values.begin(), figure);
    return toNumpy(std::move(values), {solved.matrices, solved.tileRows, solved.tileCols});
}

/// The properties of _core.Figures; `get` gives the SolvedMemory of a Bound, and may wait for it.
template <class Bound, class Get> void addFigures(nanobind::class_<Bound> &figures, Get get)
{
    const auto add = [&](const char *name, auto value) {
        figures.def_prop_ro(name, [get, value](Bound &bound) { return value(get(bound)); });
    };
    using Solved = const jobs::SolvedMemory &;
    add("objective", [](Solved s) { return s.solved.totals.objective; });
    add("upper_bound", [](Solved s) { return s.solved.totals.upperBound; });
    add("relative_gap", [](Solved s) { return s.solved.totals.relativeGap; });
    add("worst_gap", [](Solved s) { return s.solved.totals.worstGap; });
    add("worst_residual", [](Solved s) { return s.solved.totals.worstResidual; });
    add("not_converged", [](Solved s) { return s.solved.totals.notConverged; });
    add("kept_magnitude", [](Solved s) { return s.solved.report.keptMagnitude.value_or(1); });
    add("relative_squared_error", [](Solved s) { return s.solved.report.relativeSquaredError.value_or(0); });
    add("kept_fraction", [](Solved s) { return s.solved.report.keptFraction; });
    add("tiles", [](Solved s) { return s.solved.totals.tiles; });
    add("changed", [](Solved s) { return s.changed; });
    add("seconds", [](Solved s) { return s.solved.report.seconds; });
    add("total_seconds", [](Solved s) { return s.totalSeconds; });
    add("axes", [](Solved s) { return s.solved.report.axes; });
    add("layout", [](Solved s) { return s.axes; });
    add("backend", [](Solved s) { return s.backend; });
    add("tile_objective", [](Solved s) { return tileFigures(s, [](const TileResult &tile) { return tile.objective; }); });
    add("tile_upper_bound", [](Solved s) { return tileFigures(s, [](const TileResult &tile) { return tile.upperBound; }); });
    add("tile_gap", [](Solved s) { return tileFigures(s, [](const TileResult &tile) { return tile.gap(); }); });
}

} // namespace nms::python
