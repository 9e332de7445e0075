// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/mask.h"

#include <algorithm>
#include <bit>

namespace nms {

std::int64_t Mask::kept() const
{
    std::int64_t count = 0;
    for (const std::uint64_t word : m_words)
        count += std::popcount(word);
    return count;
}

void Mask::assignRows(std::int64_t row0, const Mask &part)
{
    std::copy(part.m_words.begin(), part.m_words.end(), m_words.begin() + row0 * wordsPerRow());
}

} // namespace nms
