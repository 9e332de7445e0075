// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nms {

/// Keep n of every m. Always the number kept, 1 ≤ n ≤ m ≤ 64.
struct NmPattern {
    int n = 2;
    int m = 4;

    static constexpr int maxM = 64;

    /// "8:16". A Usage error says what is wrong with anything else.
    static Result<NmPattern> parse(std::string_view text);
    std::string text() const;
    bool valid() const { return m >= 1 && m <= maxM && n >= 1 && n <= m; }
    double keptFraction() const { return double(n) / m; }
    /// ⌊count · n/m⌋, without overflow.
    std::int64_t shareOf(std::int64_t count) const { return count / m * n + count % m * n / m; }
    friend bool operator==(const NmPattern &, const NmPattern &) = default;
};

} // namespace nms
