// SPDX-License-Identifier: Apache-2.0
// Score matrices that are difficult for solvers, the same on every machine.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <span>

namespace nms::test {

/// Random numbers from SplitMix64, since the distributions of <random> differ between libraries.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_state(seed) { }
    std::uint64_t bits();
    double uniform(); // [0, 1)
    double gaussian();

private:
    std::uint64_t m_state;
};

/// |Gaussian|, similar to the magnitudes of real weights.
Matrix<float> gaussianScores(std::int64_t rows, std::int64_t cols, std::uint64_t seed);

struct HardScores {
    const char *name;
    Matrix<float> (*make)(NmPattern pattern);
    bool unique; // there is only one optimal mask (with probability one)
};

/// Each has at most 2×2 tiles (ragged ones have more).
std::span<const HardScores> hardScores();

} // namespace nms::test
