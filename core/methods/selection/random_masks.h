// SPDX-License-Identifier: Apache-2.0
// Random masks with exactly n in every row and column.
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nms {

/// Masks distributed almost uniformly over all that have exactly n of m in every row and column: states of the Global
/// Curveball chain (Carstens, Hamann, Meyer, Penschuck, Tran, Wagner 2018; the trade is that of Strona et al. 2014), whose
/// stationary distribution is uniform. A step pairs all rows at random and redistributes within each pair the columns that
/// only one of the two keeps. The start is a band with rows and columns in random order; the first mask comes after
/// `burnIn` steps, each further one `spacing` steps later. Integer arithmetic only: the same masks on every platform.
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
