// SPDX-License-Identifier: Apache-2.0
// nmscope.inspect, verify and compare: what is said of arrays.
#include "app/python/arrays.h"
#include "app/python/backends.h"
#include "app/python/calls.h"
#include "app/python/scores.h"
#include "app/python/topics.h"
#include "app/python/values.h"
#include "core/jobs/report_json.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

nb::object inspect(const ReadArray &array, const std::string &dtype, const std::string &axes, const std::string &name,
                   bool hardware)
{
    MemoryTensor memory = memoryOf(array, name, axes, dtype, true);
    const auto report = call(Duration::Long, [&](const std::stop_token &stop) -> Result<jobs::InspectReport> {
        const auto source = openMemory("memory", {memory});
        if (!source)
            return fail(source.error());
        Result<jobs::TensorFacts> facts = jobs::inspectTensor(**source, (*source)->tensors().front(), {stop, {}});
        if (!facts)
            return fail(facts.error());
        if (hardware && facts->patterns)
            facts->hardware = jobs::hardwareOf(facts->tensor, *facts->patterns);
        jobs::InspectReport all;
        all.hardware = hardware;
        all.tensors.push_back(std::move(*facts));
        return all;
    });
    return toPython(jobs::toJson(report)["tensors"].front());
}

nb::object verify(const ReadArray &mask, const std::string &maskType, const std::optional<ReadArray> &weights,
                  const std::string &weightsType, const std::optional<std::string> &pattern, const std::string &axes,
                  const nb::object &score, const std::string &backend)
{
    MemoryTensor ofMask = memoryOf(mask, "mask", axes, maskType, true);
    if (isWeight(ofMask.dtype))
        ofMask.path = "pruned"; // weights, of which what is not 0 was kept
    std::optional<MemoryTensor> ofWeights;
    if (weights) {
        ofWeights = memoryOf(*weights, "weights", axes, weightsType);
        ofWeights->path = ofMask.path;
        if (ofWeights->shape != ofMask.shape)
            raiseUsage("weights", "have another shape than the mask", "give the weights that the mask was made for");
    }
    const std::optional<Scores> scores = ofWeights ? std::optional<Scores>(std::in_place, score, *ofWeights) : std::nullopt;
    jobs::VerifySettings settings{.masks = "memory"};
    if (pattern)
        settings.pattern = valueOr(NmPattern::parse(*pattern));
    const std::shared_ptr<SolverBackend> solver = backendNamed(backend);
    const auto report = call(Duration::Long, [&](const std::stop_token &stop) -> Result<jobs::VerifyReport> {
        const auto masks = MaskFile::ofMemory("memory", {ofMask}, {.prunedWeights = true});
        if (!masks)
            return fail(masks.error());
        std::unique_ptr<TensorSource> source;
        if (ofWeights) {
            auto opened = openMemory("memory", {*ofWeights});
            if (!opened)
                return fail(opened.error());
            source = std::move(*opened);
        }
        const jobs::ScoreSource *by = scores ? scores->source() : nullptr;
        return jobs::verifyMasks({**masks, source.get(), *solver, by}, settings, {stop, {}});
    });
    return toPython(jobs::toJson(report)["tensors"].front());
}

nb::object compare(const ReadArray &array, const std::string &dtype, const std::vector<std::string> &patterns,
                   const std::vector<std::string> &methods, const SolveOptions &options, const std::string &axes,
                   const nb::object &score, const std::string &backend)
{
    const MemoryTensor memory = memoryOf(array, "weights", axes, dtype);
    const Scores scores(score, memory);
    jobs::CompareSettings settings;
    settings.options = options;
    settings.memoryLimit = std::numeric_limits<std::int64_t>::max() / 4; // the caller's memory, and his to judge
    for (const std::string &pattern : patterns)
        settings.patterns.push_back(valueOr(NmPattern::parse(pattern)));
    for (const std::string &name : methods) {
        const std::optional<Method> method = methodByName(name);
        if (!method)
            raiseUsage("methods", "\"" + name + "\" is not a method", "choose of " + listOf(offeredMethods()));
        settings.methods.push_back(*method);
    }
    const std::shared_ptr<SolverBackend> solver = backendNamed(backend), fallback = backendNamed("cpu");
    const auto masks = call(Duration::Long, [&](const std::stop_token &stop) -> Result<std::vector<jobs::ComparedMask>> {
        const auto source = openMemory("memory", {memory});
        if (!source)
            return fail(source.error());
        const jobs::ScoreSource magnitude;
        return jobs::compareTensor(**source, (*source)->tensors().front(), scores.source() ? *scores.source() : magnitude,
                                   settings, *solver, *fallback, {stop, {}});
    });
    nb::list rows;
    for (const jobs::ComparedMask &mask : masks)
        rows.append(toPython(jobs::toJson(mask)));
    return rows;
}

} // namespace

void addJudge(nb::module_ &module)
{
    module.def("inspect", inspect, nb::arg("array"), nb::arg("dtype"), nb::arg("axes"), nb::arg("name"),
               nb::arg("hardware"));
    module.def("verify", verify, nb::arg("mask"), nb::arg("mask_dtype"), nb::arg("weights").none(), nb::arg("weights_dtype"),
               nb::arg("pattern").none(), nb::arg("axes"), nb::arg("score").none(), nb::arg("backend"));
    module.def("compare", compare, nb::arg("array"), nb::arg("dtype"), nb::arg("patterns"), nb::arg("methods"),
               nb::arg("options"), nb::arg("axes"), nb::arg("score").none(), nb::arg("backend"));
}

} // namespace nms::python
