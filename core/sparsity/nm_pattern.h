// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nms {

/// Keep n of every m. n is always the number kept, 1 ≤ n ≤ m ≤ 64.
struct NmPattern {
    int n = 2;
    int m = 4;

    static constexpr int maxM = 64;

    /// Reads "8:16"; a Usage error says what is wrong with anything else.
    static Result<NmPattern> parse(std::string_view text);
    std::string text() const;
    bool valid() const { return m >= 1 && m <= maxM && n >= 1 && n <= m; }
    double keptFraction() const { return double(n) / m; }
    /// ⌊count · n/m⌋, without overflow.
    std::int64_t shareOf(std::int64_t count) const { return count / m * n + count % m * n / m; }
    /// True where every mask that keeps this pattern keeps `other`, too: every aligned group of other.m has at most
    /// other.n, however the groups of m that it cuts through are filled. 1:4 implies 2:8 and 1:2; 2:8 implies 2:4, but 4:8
    /// does not.
    bool implies(const NmPattern &other) const;
    friend bool operator==(const NmPattern &, const NmPattern &) = default;
};

} // namespace nms
