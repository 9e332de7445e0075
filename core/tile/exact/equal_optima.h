// SPDX-License-Identifier: Apache-2.0
// Of several optimal masks of a tile `exact` answers the row-major first: the lexicographically greatest bit string, read
// row by row, column 0 first. Every backend can find that one, whatever way led it to an optimum.
//
// Given potentials α, β that prove some mask optimal, the optimal masks are those with n everywhere that agree with it in
// every entry but the tight ones, A = α + β (complementary slackness). Two of them differ by cycles that take and give up
// tight entries in turn.
#pragma once

#include <cstdint>

namespace nms {

/// By rows: which tight entries are kept, which are free. Empty in lines from m on.
struct TightEntries {
    static constexpr int maxM = 64;
    std::uint64_t kept[maxM];
    std::uint64_t free[maxM];
};

/// Makes `rows`, the masks of the m rows of an optimal mask, those of the row-major first. `tight` is used up.
void takeFirstOptimum(std::uint64_t *rows, TightEntries &tight, int m);

} // namespace nms
