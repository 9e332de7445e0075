// SPDX-License-Identifier: Apache-2.0
#include "core/solver/method.h"

#include <array>

namespace nms {

namespace {

struct Name {
    Method method;
    std::string_view text;
};

constexpr std::array<Name, 11> names = {{
    {Method::Exact, "exact"},
    {Method::Dykstra, "dykstra"},
    {Method::Capped, "capped"},
    {Method::Greedy, "greedy"},
    {Method::GreedySwap, "greedy+swap"},
    {Method::BiNm, "bi-nm"},
    {Method::Max1000, "max1000"},
    {Method::RowNm, "row-nm"},
    {Method::ColNm, "col-nm"},
    {Method::Unstructured, "unstructured"},
    {Method::Reference, "reference"},
}};

constexpr auto offered = [] {
    std::array<Method, names.size() - 1> methods = {};
    for (std::size_t i = 0; i < methods.size(); ++i)
        methods[i] = names[i].method;
    return methods;
}();

} // namespace

std::string_view nameOf(Method method)
{
    for (const Name &name : names)
        if (name.method == method)
            return name.text;
    return {};
}

std::optional<Method> methodByName(std::string_view text)
{
    for (const Name &name : names)
        if (name.text == text)
            return name.method;
    return std::nullopt;
}

std::string listOf(std::span<const Method> methods)
{
    std::string list;
    for (const Method method : methods)
        list.append(list.empty() ? "" : ", ").append(nameOf(method));
    return list;
}

std::span<const Method> offeredMethods()
{
    return offered;
}

bool isEntropic(Method method)
{
    return method == Method::Dykstra || method == Method::Capped || method == Method::Reference;
}

std::span<const Method> warmStartsOf(Method method)
{
    using enum Method;
    static constexpr std::array ofExact = {Dykstra, Capped, Greedy, GreedySwap, BiNm, Max1000};
    static constexpr std::array ofDykstra = {Exact, Capped, Greedy, GreedySwap, BiNm, Max1000};
    static constexpr std::array ofCapped = {Exact, Dykstra, Greedy, GreedySwap, BiNm, Max1000};
    static constexpr std::array ofGreedy = {BiNm};
    static constexpr std::array ofGreedySwap = {Dykstra, Capped, Greedy, BiNm, Max1000};
    switch (method) {
    case Exact:
        return ofExact;
    case Dykstra:
        return ofDykstra;
    case Capped:
        return ofCapped;
    case Greedy:
        return ofGreedy;
    case GreedySwap:
        return ofGreedySwap;
    default:
        return {};
    }
}

bool isTransposable(Method method)
{
    return promiseOf(method, {}).lines == MaskPromise::Lines::RowsAndColumns;
}

MaskPromise promiseOf(Method method, NmPattern pattern)
{
    using enum MaskPromise::Lines;
    switch (method) {
    case Method::RowNm:
        return {pattern, Rows, true};
    case Method::ColNm:
        return {pattern, Columns, true};
    case Method::Unstructured:
        return {pattern, None, true};
    case Method::BiNm:
        return {pattern, RowsAndColumns, false};
    default:
        return {pattern, RowsAndColumns, true};
    }
}

} // namespace nms
