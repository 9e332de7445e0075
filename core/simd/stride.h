// SPDX-License-Identifier: Apache-2.0
// Turns a stride known at run time into one known at compile time.
#pragma once

#include <utility>

namespace nms {

namespace {

/// Calls body(std::integral_constant<int, P>()) for the stride P, one of 4, 8, 16, 32 and 64. In the anonymous namespace,
/// so that code compiled for one processor has internal linkage.
template <class F> [[gnu::always_inline]] inline decltype(auto) withStride(int stride, F &&body)
{
    switch (stride) {
    case 4:
        return body(std::integral_constant<int, 4>());
    case 8:
        return body(std::integral_constant<int, 8>());
    case 16:
        return body(std::integral_constant<int, 16>());
    case 32:
        return body(std::integral_constant<int, 32>());
    default:
        return body(std::integral_constant<int, 64>());
    }
}

} // namespace

} // namespace nms
