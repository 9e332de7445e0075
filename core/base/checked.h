// SPDX-License-Identifier: Apache-2.0
// Arithmetic on sizes that come from files.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace nms {

/// a × b of two sizes; nothing where one is negative or the product overflows.
inline std::optional<std::int64_t> checkedMultiply(std::int64_t a, std::int64_t b)
{
    std::int64_t product = 0;
    if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

/// The product of all sizes (1 for none); nothing where one is negative or the product overflows. A zero does not hide an
/// overflow of the others.
inline std::optional<std::int64_t> checkedProduct(std::span<const std::int64_t> sizes)
{
    std::int64_t product = 1;
    bool zero = false;
    for (const std::int64_t size : sizes) {
        if (size == 0) {
            zero = true;
            continue;
        }
        const auto next = checkedMultiply(product, size);
        if (!next)
            return std::nullopt;
        product = *next;
    }
    return zero ? 0 : product;
}

/// The same, saturated, for shapes that were checked when they were read.
inline std::int64_t saturatingProduct(std::span<const std::int64_t> sizes)
{
    return checkedProduct(sizes).value_or(std::numeric_limits<std::int64_t>::max());
}

/// The sum of two sizes, saturated.
inline std::int64_t saturatingSum(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

} // namespace nms
