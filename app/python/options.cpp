// SPDX-License-Identifier: Apache-2.0
// How tiles are solved, as Python says it.
#include "app/python/errors.h"
#include "app/python/topics.h"
#include "core/methods/solve_options.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

Method methodNamed(const std::string &argument, const std::string &name)
{
    const std::optional<Method> method = methodByName(name);
    if (!method || !traitsOf(*method).offered)
        raiseUsage(argument, "\"" + name + "\" is not a method", "choose one of " + listOf(offeredMethods()));
    return *method;
}

SolveOptions makeOptions(const std::string &pattern, const std::string &method, double tau, int iterations, double tolerance,
                         const std::optional<std::string> &warmStart, std::optional<int> paperSwaps, int threads)
{
    SolveOptions options;
    options.pattern = valueOr(NmPattern::parse(pattern));
    options.method = methodNamed("method", method);
    options.tau = tau;
    options.iterations = iterations;
    options.tolerance = tolerance;
    if (warmStart)
        options.warmStart = methodNamed("warm_start", *warmStart);
    options.paperSwaps = paperSwaps;
    options.threads = threads;
    valueOr(options.validate());
    return options;
}

std::vector<std::string> methodNames()
{
    std::vector<std::string> names;
    for (const Method method : offeredMethods())
        names.emplace_back(nameOf(method));
    return names;
}

} // namespace

void addOptions(nb::module_ &module)
{
    nb::class_<SolveOptions>(module, "Options")
        .def_prop_ro("pattern", [](const SolveOptions &options) { return options.pattern.text(); })
        .def_prop_ro("method", [](const SolveOptions &options) { return std::string(nameOf(options.method)); });
    module.def("options", makeOptions, nb::arg("pattern"), nb::arg("method"), nb::arg("tau"), nb::arg("iterations"),
               nb::arg("tolerance"), nb::arg("warm_start").none(), nb::arg("paper_swaps").none(), nb::arg("threads"));
    module.def("method_names", methodNames);
}

} // namespace nms::python
