// SPDX-License-Identifier: Apache-2.0
// The passes of ALPS over a row of a layer, on the best instructions of the processor. Private to core/prune.
#pragma once

#include "core/sparsity/mask.h"

#include <cstdint>

namespace nms::alps {

/// Of one row: T holds D where the mask keeps and the multipliers V elsewhere, since each is 0 where the other is not.
struct Row {
    const float *weights; // W as given
    const float *norms; // √H_jj: W·norm is the normalised dense row
    const std::uint64_t *kept; // of T
    std::int64_t cols;
};

/// What the iteration changed on one row.
struct Change {
    double primal = 0; // Σ(B − D)²
    double dual = 0; // Σ(D − D before)²
    double sparse = 0; // ΣD²
    double multipliers = 0; // Σ(V/ρ)²
    Change &operator+=(const Change &other);
};

/// out = (ρD − V) − ρW₀: B = W₀ + out·(H + ρI)⁻¹ minimises the augmented Lagrangian.
void rightSide(const Row &row, const float *state, float penalty, float *out);

/// `product` (out·(H + ρI)⁻¹) becomes P = B + V/ρ, `score` P².
void candidates(const Row &row, const float *state, float penalty, float *product, float *score);
/// Likewise B and B², without the multipliers.
void denseIterate(const Row &row, float *product, float *score);

/// T becomes P where `next` keeps and ρP elsewhere, which is V + ρ(B − D).
Change update(const Row &row, const std::uint64_t *next, const float *candidate, float penalty, float *state);

} // namespace nms::alps
