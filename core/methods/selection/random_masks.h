// SPDX-License-Identifier: Apache-2.0
// Random masks with exactly n in every row and column.
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nms {

/// Masks nearly uniform over all that have exactly n of m in every row and column: states of the Global Curveball chain
/// (Carstens, Hamann, Meyer, Penschuck, Tran, Wagner 2018; the trade is that of Strona et al. 2014), whose stationary
/// distribution is uniform. A step pairs all rows at random and deals what just one of a pair keeps out again to both.
/// Started from a band under a random order of rows and columns; the first mask comes after `burnIn` steps, each further one
/// `spacing` steps later. Integers alone: the same masks on every platform.
class RandomMasks
{
public:
    static constexpr int burnIn = 64;
    static constexpr int spacing = 4;

    RandomMasks(NmPattern pattern, int count, std::uint64_t seed);

    NmPattern pattern() const { return m_pattern; }
    std::uint64_t seed() const { return m_seed; }
    int count() const { return m_count; }

    /// The m rows of mask k; those of mask k + 1 follow.
    const std::uint64_t *rows(int k) const { return m_rows.data() + std::size_t(k) * std::size_t(m_pattern.m); }

private:
    NmPattern m_pattern;
    int m_count;
    std::uint64_t m_seed;
    std::vector<std::uint64_t> m_rows;
};

} // namespace nms
