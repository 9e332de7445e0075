// SPDX-License-Identifier: Apache-2.0
#include "app/python/values.h"

#include <nanobind/ndarray.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace nb = nanobind;

namespace nms::python {

nb::object toPython(const nlohmann::ordered_json &value)
{
    if (value.is_null())
        return nb::none();
    if (value.is_boolean())
        return nb::bool_(value.get<bool>());
    if (value.is_number_float())
        return nb::float_(value.get<double>());
    if (value.is_number())
        return nb::int_(value.get<std::int64_t>());
    if (value.is_string()) {
        const auto &text = value.get_ref<const std::string &>();
        return nb::steal(PyUnicode_DecodeUTF8(text.data(), Py_ssize_t(text.size()), "replace"));
    }
    if (value.is_array()) {
        nb::list list;
        for (const auto &item : value)
            list.append(toPython(item));
        return list;
    }
    nb::dict dict;
    for (const auto &[key, item] : value.items())
        dict[nb::steal(PyUnicode_DecodeUTF8(key.data(), Py_ssize_t(key.size()), "replace"))] = toPython(item);
    return dict;
}

nb::object toNumpy(std::vector<double> values, const std::vector<std::int64_t> &shape)
{
    const std::vector<std::size_t> sizes(shape.begin(), shape.end());
    auto owned = std::make_unique<std::vector<double>>(std::move(values));
    double *data = owned->data();
    const nb::capsule owner(owned.release(),
                            [](void *memory) noexcept { delete static_cast<std::vector<double> *>(memory); });
    return nb::cast(nb::ndarray<nb::numpy, double>(data, sizes.size(), sizes.data(), owner));
}

} // namespace nms::python
