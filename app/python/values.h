// SPDX-License-Identifier: Apache-2.0
// Plain values on their way to Python.
#pragma once

#include <nanobind/nanobind.h>
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <vector>

namespace nms::python {

/// Objects as dict, arrays as list; text that is not UTF-8 with replacement characters.
nanobind::object toPython(const nlohmann::ordered_json &value);

/// A numpy array of its own of that shape, row-major.
nanobind::object toNumpy(std::vector<double> values, const std::vector<std::int64_t> &shape);

} // namespace nms::python
