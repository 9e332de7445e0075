// SPDX-License-Identifier: Apache-2.0
// Tiles that exact methods trip over, as many as wanted, and how many are wanted.
#pragma once

#include "core/sparsity/nm_pattern.h"
#include "tests/backend/test_scores.h"

#include <vector>

namespace nms::test {

/// Tiles side by side, every other one Gaussian, the others of a kind each that chance chooses: ties, rank one, 2^30 of
/// range, denormals, …
Matrix<float> adversarialTiles(NmPattern pattern, int tiles, Random &random);

/// The patterns that adversarial tiles are tried with.
std::vector<NmPattern> exactPatterns();

/// A few thousand tiles of a pattern; NMS_EXHAUSTIVE=1 makes it a hundred thousand (ten thousand of more than 32 × 32).
int exactTiles(NmPattern pattern);

} // namespace nms::test
