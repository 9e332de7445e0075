// SPDX-License-Identifier: Apache-2.0
// Tiles that are difficult for exact methods, in any number, and the number of tiles to test.
#pragma once

#include "core/sparsity/nm_pattern.h"
#include "tests/backend/test_scores.h"

#include <vector>

namespace nms::test {

/// Tiles side by side: every other one is Gaussian, the others are each of a randomly chosen kind (ties, rank one, a range
/// of 2^30, denormals, …).
Matrix<float> adversarialTiles(NmPattern pattern, int tiles, Random &random);

/// The patterns that are tested with adversarial tiles.
std::vector<NmPattern> exactPatterns();

/// The number of tiles for a pattern: a few thousand, or a hundred thousand with NMS_EXHAUSTIVE=1 (ten thousand for tiles
/// larger than 32 × 32).
int exactTiles(NmPattern pattern);

} // namespace nms::test
