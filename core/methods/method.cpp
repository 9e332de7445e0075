// SPDX-License-Identifier: Apache-2.0
#include "core/methods/method.h"

#include <array>

namespace nms {

namespace {

constexpr std::array all = {&exactTraits,      &dykstraTraits,   &cappedTraits,       &greedyTraits,
                            &greedySwapTraits, &cycleSwapTraits, &biNmTraits,         &max1000Traits,
                            &rowNmTraits,      &colNmTraits,     &unstructuredTraits, &referenceTraits};

constexpr std::array<Method, all.size()> methods = [] {
    std::array<Method, all.size()> values = {};
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = Method(i);
    return values;
}();

} // namespace

const MethodTraits &traitsOf(Method method)
{
    return *all[std::size_t(method)];
}

std::span<const Method> allMethods()
{
    return methods;
}

std::span<const Method> offeredMethods()
{
    static const std::size_t offered = [] { // the others come last
        std::size_t count = 0;
        while (count < all.size() && all[count]->offered)
            ++count;
        return count;
    }();
    return allMethods().first(offered);
}

Method provingMethod()
{
    return Method::Exact;
}

Method watchedMethod()
{
    return Method::Dykstra;
}

Method referenceMethod()
{
    return Method::Reference;
}

std::optional<Method> methodByName(std::string_view name)
{
    for (const MethodTraits *traits : all)
        if (traits->name == name)
            return traits->method;
    return std::nullopt;
}

std::string listOf(std::span<const Method> methods)
{
    std::string list;
    for (const Method method : methods)
        list.append(list.empty() ? "" : ", ").append(nameOf(method));
    return list;
}

} // namespace nms
