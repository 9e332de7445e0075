// SPDX-License-Identifier: Apache-2.0
// What tensors of a model are for, by their names: the command line's rules.
#include "app/python/errors.h"
#include "app/python/topics.h"
#include "core/tensor/tensor_role.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

std::vector<std::string> roles(const std::vector<std::string> &names, const std::vector<std::vector<std::int64_t>> &shapes)
{
    if (names.size() != shapes.size())
        raiseUsage("shapes", "are not as many as names");
    std::vector<TensorInfo> tensors(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        tensors[i].path = names[i];
        tensors[i].shape = shapes[i];
        tensors[i].dtype = DType::F32;
    }
    const TensorNames all(tensors);
    std::vector<std::string> found;
    found.reserve(tensors.size());
    for (const TensorInfo &tensor : tensors)
        found.emplace_back(nameOf(roleOf(tensor, all)));
    return found;
}

} // namespace

void addRoles(nb::module_ &module)
{
    module.def("roles", roles, nb::arg("names"), nb::arg("shapes"));
}

} // namespace nms::python
