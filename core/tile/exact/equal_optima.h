// SPDX-License-Identifier: Apache-2.0
// Of several optimal masks of a tile `exact` returns the first in row-major order: the lexicographically greatest bit
// string, read row by row, column 0 first. Every backend can find that one, whatever optimum it found first.
//
// Given potentials α, β that prove some mask optimal, the optimal masks are those with n everywhere that agree with it in
// every entry except tight ones, A = α + β (complementary slackness). Two of them differ by cycles in which tight entries
// are alternately added and removed.
#pragma once

#include <cstdint>

namespace nms {

/// By row: which tight entries are kept, and which are free (not kept). Empty from row m on.
struct TightEntries {
    static constexpr int maxM = 64;
    std::uint64_t kept[maxM];
    std::uint64_t free[maxM];
};

/// Turns `rows`, the m rows of an optimal mask, into the optimal mask that is first in row-major order. `tight` is
/// consumed.
void takeFirstOptimum(std::uint64_t *rows, TightEntries &tight, int m);

} // namespace nms
