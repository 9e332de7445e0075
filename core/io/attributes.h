// SPDX-License-Identifier: Apache-2.0
// Small values stored with tensors: HDF5 attributes, or values of a JSON object in safetensors' __metadata__. Private to
// core/io.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nms {

/// An attribute that exists but has a type that is not supported (a list of strings or of floats, a reference).
struct UnreadAttribute {
    bool holdsNumbers = false;
};

using AttributeValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, UnreadAttribute>;
using Attributes = std::map<std::string, AttributeValue>;

/// The attribute as a T; nullopt if it is missing or of another type. Integers are converted to double.
template <class T> std::optional<T> attribute(const Attributes &attributes, const std::string &name)
{
    const auto found = attributes.find(name);
    if (found == attributes.end())
        return std::nullopt;
    if (const T *value = std::get_if<T>(&found->second))
        return *value;
    if constexpr (std::is_same_v<T, double>)
        if (const auto *integer = std::get_if<std::int64_t>(&found->second))
            return double(*integer);
    return std::nullopt;
}

} // namespace nms
