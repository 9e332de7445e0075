// SPDX-License-Identifier: Apache-2.0
// nmscope.solve: masks of arrays.
#include "app/python/arrays.h"
#include "app/python/backends.h"
#include "app/python/calls.h"
#include "app/python/figures.h"
#include "app/python/new_mask.h"
#include "app/python/potentials.h"
#include "app/python/scores.h"
#include "app/python/topics.h"
#include "core/jobs/solve_memory.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

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

/// What a call says beside the weights and where the mask goes.
struct Settings {
    const SolveOptions &options;
    const nb::object &score;
    const std::string &backend;
    bool tiles;
    bool compare;
    Potentials *potentials;
};

jobs::SolvedMemory solveInto(const jobs::MaskMemory &mask, const MemoryTensor &weights, const Settings &settings)
{
    std::unique_lock<std::mutex> lock;
    if (settings.potentials != nullptr) {
        lock = std::unique_lock(settings.potentials->mutex, std::try_to_lock);
        if (!lock)
            raiseUsage("potentials", "are in use by another solve", "take others for each of several solves at once");
    }
    const Scores scores(settings.score, weights);
    const std::shared_ptr<SolverBackend> solver = backendNamed(settings.backend);
    const jobs::SolveMemorySettings used{settings.options, scores.source(), settings.tiles, settings.compare,
                                         settings.potentials != nullptr ? &settings.potentials->tiles : nullptr};
    return call(durationOf(weights, settings.options), [&](const std::stop_token &stop) {
        return jobs::solveMemory(weights, mask, used, *solver, {stop, {}});
    });
}

jobs::SolvedMemory solve(const ReadArray &weights, const std::string &dtype, const WriteArray &out,
                         const SolveOptions &options, const std::string &axes, const nb::object &score,
                         const std::string &backend, bool tiles, bool compare, Potentials *potentials)
{
    const MemoryTensor memory = memoryOf(weights, "weights", axes, dtype);
    return solveInto(maskMemoryOf(out, memory.shape), memory, {options, score, backend, tiles, compare, potentials});
}

std::pair<nb::object, jobs::SolvedMemory> solveNew(const ReadArray &weights, const SolveOptions &options,
                                                   const std::string &axes, const nb::object &score,
                                                   const std::string &backend, bool tiles, Potentials *potentials)
{
    const MemoryTensor memory = memoryOf(weights, "weights", axes);
    NewMask mask(memory);
    jobs::SolvedMemory solved = solveInto(mask.memory(), memory, {options, score, backend, tiles, false, potentials});
    return {mask.handOver(), std::move(solved)};
}

} // namespace

void addSolve(nb::module_ &module)
{
    nb::class_<jobs::SolvedMemory> figures(module, "Figures");
    addFigures(figures, [](const jobs::SolvedMemory &solved) -> const jobs::SolvedMemory & { return solved; });
    module.def("solve", solve, nb::arg("weights"), nb::arg("dtype"), nb::arg("out"), nb::arg("options"), nb::arg("axes"),
               nb::arg("score").none(), nb::arg("backend"), nb::arg("tiles"), nb::arg("compare"),
               nb::arg("potentials").none());
    module.def("solve_new", solveNew, nb::arg("weights"), nb::arg("options"), nb::arg("axes"), nb::arg("score").none(),
               nb::arg("backend"), nb::arg("tiles"), nb::arg("potentials").none());
}

} // namespace nms::python
