// SPDX-License-Identifier: Apache-2.0
// What the command line does with files, from Python: the same jobs, the same reports.
#include "app/python/backends.h"
#include "app/python/calls.h"
#include "app/python/topics.h"
#include "app/python/values.h"
#include "core/jobs/report_json.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

std::vector<AxesRule> rulesOf(const std::vector<std::string> &axes)
{
    std::vector<AxesRule> rules;
    rules.reserve(axes.size());
    for (const std::string &rule : axes)
        rules.push_back(valueOr(AxesRule::parse(rule)));
    return rules;
}

nb::object inspectFile(const std::string &file, const std::vector<std::string> &axes, bool hardware)
{
    const jobs::InspectSettings settings{file, rulesOf(axes), hardware};
    return toPython(jobs::toJson(call(Duration::Long, [&](const std::stop_token &stop) {
        return jobs::inspectFile(settings, {stop, {}});
    })));
}

nb::object solveFile(const std::string &file, const std::string &out, const SolveOptions &options,
                     const std::vector<std::string> &tensors, const std::vector<std::string> &exclude, bool all,
                     const std::vector<std::string> &axes, const std::string &format, const std::string &score,
                     std::int64_t memoryLimit, const std::string &backend)
{
    jobs::SolveFileSettings settings{.file = file, .out = out};
    settings.tensors = {tensors, exclude, all, rulesOf(axes)};
    settings.options = options;
    settings.format = format == "applied" ? MaskFormat::Applied
        : format == "packed"              ? MaskFormat::Packed
                                          : MaskFormat::Bytes;
    settings.memoryLimit = memoryLimit;
    settings.score = score;
    const std::shared_ptr<SolverBackend> solver = backendNamed(backend);
    return toPython(jobs::toJson(call(Duration::Long, [&](const std::stop_token &stop) {
        return jobs::solveFile(settings, *solver, {stop, {}});
    })));
}

nb::object verifyFile(const std::string &masks, const std::string &weights, const std::string &pattern)
{
    jobs::VerifySettings settings{.masks = masks, .weights = weights};
    if (!pattern.empty())
        settings.pattern = valueOr(NmPattern::parse(pattern));
    const std::shared_ptr<SolverBackend> solver = backendNamed("cpu");
    return toPython(jobs::toJson(call(Duration::Long, [&](const std::stop_token &stop) {
        return jobs::verifyFile(settings, *solver, {stop, {}});
    })));
}

} // namespace

void addFiles(nb::module_ &module)
{
    module.def("inspect_file", inspectFile, nb::arg("file"), nb::arg("axes"), nb::arg("hardware"));
    module.def("solve_file", solveFile, nb::arg("file"), nb::arg("out"), nb::arg("options"), nb::arg("tensors"),
               nb::arg("exclude"), nb::arg("all"), nb::arg("axes"), nb::arg("format"), nb::arg("score"),
               nb::arg("memory_limit"), nb::arg("backend"));
    module.def("verify_file", verifyFile, nb::arg("masks"), nb::arg("weights"), nb::arg("pattern"));
}

} // namespace nms::python
