// SPDX-License-Identifier: Apache-2.0
// nmscope.solve: masks of arrays.
#include "app/python/arrays.h"
#include "app/python/backends.h"
#include "app/python/calls.h"
#include "app/python/potentials.h"
#include "app/python/scores.h"
#include "app/python/topics.h"
#include "app/python/values.h"
#include "core/jobs/solve_memory.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

/// A solve of so much ends before anybody misses Ctrl-C, whatever the method: 50 ms by dykstra on one core.
Duration durationOf(const MemoryTensor &weights, const SolveOptions &options)
{
    constexpr double shortWork = double(std::int64_t(1) << 20);
    double work = std::max(1.0, options.iterations / 300.0);
    for (const std::int64_t size : weights.shape)
        work *= double(size);
    return work > shortWork ? Duration::Long : Duration::Short;
}

jobs::SolvedMemory solve(const ReadArray &weights, const std::string &dtype, const WriteArray &out,
                         const SolveOptions &options, const std::string &axes, const nb::object &score,
                         const std::string &backend, bool tiles, bool compare, Potentials *potentials)
{
    std::unique_lock<std::mutex> lock;
    if (potentials != nullptr) {
        lock = std::unique_lock(potentials->mutex, std::try_to_lock);
        if (!lock)
            raiseUsage("potentials", "are in use by another solve", "take others for each of several solves at once");
    }
    const MemoryTensor memory = memoryOf(weights, "weights", axes, dtype);
    const jobs::MaskMemory mask = maskMemoryOf(out, memory.shape);
    const Scores scores(score, memory);
    const std::shared_ptr<SolverBackend> solver = backendNamed(backend);
    const jobs::SolveMemorySettings settings{options, scores.source(), tiles, compare,
                                             potentials != nullptr ? &potentials->tiles : nullptr};
    return call(durationOf(memory, options), [&](const std::stop_token &stop) {
        return jobs::solveMemory(memory, mask, settings, *solver, {stop, {}});
    });
}

template <class Figure> nb::object figuresOf(const jobs::SolvedMemory &solved, Figure figure)
{
    if (solved.tiles.empty())
        return nb::none();
    std::vector<double> values(solved.tiles.size());
    std::transform(solved.tiles.begin(), solved.tiles.end(), values.begin(), figure);
    return toNumpy(std::move(values), {solved.matrices, solved.tileRows, solved.tileCols});
}

double gapOf(const TileResult &tile)
{
    return tile.upperBound > 0 ? (tile.upperBound - tile.objective) / tile.upperBound : 0;
}

} // namespace

void addSolve(nb::module_ &module)
{
    using Solved = jobs::SolvedMemory;
    nb::class_<Solved>(module, "Figures")
        .def_prop_ro("objective", [](const Solved &solved) { return solved.solved.totals.objective; })
        .def_prop_ro("upper_bound", [](const Solved &solved) { return solved.solved.totals.upperBound; })
        .def_prop_ro("relative_gap", [](const Solved &solved) { return solved.solved.totals.relativeGap; })
        .def_prop_ro("worst_gap", [](const Solved &solved) { return solved.solved.totals.worstGap; })
        .def_prop_ro("worst_residual", [](const Solved &solved) { return solved.solved.totals.worstResidual; })
        .def_prop_ro("not_converged", [](const Solved &solved) { return solved.solved.totals.notConverged; })
        .def_prop_ro("kept_magnitude", [](const Solved &solved) { return solved.solved.report.keptMagnitude.value_or(1); })
        .def_prop_ro("relative_squared_error",
                     [](const Solved &solved) { return solved.solved.report.relativeSquaredError.value_or(0); })
        .def_prop_ro("kept_fraction", [](const Solved &solved) { return solved.solved.report.keptFraction; })
        .def_prop_ro("tiles", [](const Solved &solved) { return solved.solved.totals.tiles; })
        .def_prop_ro("changed", [](const Solved &solved) { return solved.changed; })
        .def_prop_ro("seconds", [](const Solved &solved) { return solved.solved.report.seconds; })
        .def_prop_ro("total_seconds", [](const Solved &solved) { return solved.totalSeconds; })
        .def_prop_ro("axes", [](const Solved &solved) { return solved.solved.report.axes; })
        .def_prop_ro("layout", [](const Solved &solved) { return solved.axes; })
        .def_prop_ro("backend", [](const Solved &solved) { return solved.backend; })
        .def_prop_ro("tile_objective",
                     [](const Solved &solved) { return figuresOf(solved, [](const TileResult &t) { return t.objective; }); })
        .def_prop_ro(
            "tile_upper_bound",
            [](const Solved &solved) { return figuresOf(solved, [](const TileResult &t) { return t.upperBound; }); })
        .def_prop_ro("tile_gap", [](const Solved &solved) { return figuresOf(solved, gapOf); });
    module.def("solve", solve, nb::arg("weights"), nb::arg("dtype"), nb::arg("out"), nb::arg("options"), nb::arg("axes"),
               nb::arg("score").none(), nb::arg("backend"), nb::arg("tiles"), nb::arg("compare"),
               nb::arg("potentials").none());
}

} // namespace nms::python
