// SPDX-License-Identifier: Apache-2.0
// Score matrices that solvers trip over, the same on every machine.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <span>

namespace nms::test {

/// The numbers of SplitMix64, since those of <random>'s distributions differ between libraries.
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

/// |Gaussian|: what weights look like.
Matrix<float> gaussianScores(std::int64_t rows, std::int64_t cols, std::uint64_t seed);

struct HardScores {
    const char *name;
    Matrix<float> (*make)(NmPattern pattern);
    bool unique; // one optimal mask (with probability one)
};

/// 2×2 tiles or fewer each (ragged ones more).
std::span<const HardScores> hardScores();

} // namespace nms::test
