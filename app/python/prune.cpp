// SPDX-License-Identifier: Apache-2.0
// nmscope.prune: a layer with what goes into it.
#include "app/backends/backends.h"
#include "app/python/arrays.h"
#include "app/python/backends.h"
#include "app/python/calls.h"
#include "app/python/topics.h"
#include "app/python/values.h"
#include "core/jobs/prune_memory.h"
#include "core/jobs/report_json.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

/// What is not a mask's own figure, under the names of jobs::toJson(PruneFileReport).
void addFigures(nlohmann::ordered_json &object, const jobs::PrunedTensor &pruned)
{
    object["error"] = pruned.error ? nlohmann::ordered_json(*pruned.error) : nullptr;
    object["energy"] = pruned.energy ? nlohmann::ordered_json(*pruned.energy) : nullptr;
    object["samples"] = pruned.samples;
    object["dead_inputs"] = pruned.deadInputs;
    object["iterations"] = pruned.iterations;
    object["refinements"] = pruned.refinements;
    object["tile_seconds"] = pruned.tileSeconds;
}

PruneOptions optionsOf(const SolveOptions &tiles, const std::string &framework, const std::string &kind, double damping,
                       bool acceptSingular, bool blocks)
{
    PruneOptions options;
    const std::optional<Framework> named = frameworkByName(framework);
    if (!named)
        raiseUsage("framework", "\"" + framework + "\" is none", "choose magnitude, wanda, sparsegpt or alps");
    const std::optional<Kind> kindNamed = kindByName(kind);
    if (!kindNamed)
        raiseUsage("kind", "\"" + kind + "\" is none", "choose transposable, row-nm or unstructured");
    options.framework = *named;
    options.kind = *kindNamed;
    options.tiles = tiles;
    options.damping = damping;
    options.acceptSingular = acceptSingular;
    options.blocks = blocks;
    return options;
}

nb::object prune(const ReadArray &weights, const std::string &dtype, const std::vector<ReadArray> &inputs,
                 const std::vector<std::string> &inputTypes, bool grams, const WriteArray &out, const WriteArray &mask,
                 const SolveOptions &tiles, const std::string &framework, const std::string &kind, double damping,
                 bool acceptSingular, bool blocks, const std::string &axes, const std::string &backend)
{
    jobs::LayerMemory layer{memoryOf(weights, "weights", axes, dtype), {}, grams};
    for (std::size_t i = 0; i < inputs.size(); ++i)
        layer.inputs.push_back(memoryOf(inputs[i], "inputs", {}, inputTypes[i]));
    const jobs::PrunedMemory result{packedBytesOf(out, layer.weights), maskMemoryOf(mask, layer.weights.shape)};
    const PruneOptions options = optionsOf(tiles, framework, kind, damping, acceptSingular, blocks);
    const std::shared_ptr<SolverBackend> solver = backendNamed(backend);
    const std::shared_ptr<LinearAlgebra> algebra = valueOr(algebraFor(*solver));
    const jobs::PrunedTensor pruned = call(Duration::Long, [&](const std::stop_token &stop) {
        return jobs::pruneMemory(layer, result, options, {*solver, *algebra}, {stop, {}});
    });
    nlohmann::ordered_json report = jobs::toJson(pruned.report);
    report["framework"] = framework;
    report["kind"] = kind;
    addFigures(report, pruned);
    return toPython(report);
}

} // namespace

void addPrune(nb::module_ &module)
{
    module.def("prune", prune, nb::arg("weights"), nb::arg("dtype"), nb::arg("inputs"), nb::arg("input_dtypes"),
               nb::arg("grams"), nb::arg("out"), nb::arg("mask"), nb::arg("options"), nb::arg("framework"), nb::arg("kind"),
               nb::arg("damping"), nb::arg("accept_singular"), nb::arg("blocks"), nb::arg("axes"), nb::arg("backend"));
}

} // namespace nms::python
