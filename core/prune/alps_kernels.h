// SPDX-License-Identifier: Apache-2.0
// The passes of ALPS over one row of a layer, compiled for the processor's best instructions. Private to core/prune.
#pragma once

#include "core/sparsity/mask.h"

#include <cstdint>

namespace nms::alps {

/// One row. T holds D where the mask keeps an entry and the multipliers V elsewhere, since each is 0 where the other is not.
struct Row {
    const float *weights; // W as given
    const float *norms; // √H_jj: W·norm is the normalised dense row
    const std::uint64_t *kept; // of T
    std::int64_t cols;
};

/// What an iteration changed in one row.
struct Change {
    double primal = 0; // Σ(B − D)²
    double dual = 0; // Σ(D − D of the previous iteration)²
    double sparse = 0; // ΣD²
    double multipliers = 0; // Σ(V/ρ)²
    Change &operator+=(const Change &other);
};

/// out = (ρD − V) − ρW₀. With it B = W₀ + out·(H + ρI)⁻¹ minimises the augmented Lagrangian.
void rightSide(const Row &row, const float *state, float penalty, float *out);

/// `product` (out·(H + ρI)⁻¹) becomes P = B + V/ρ, `score` P².
void candidates(const Row &row, const float *state, float penalty, float *product, float *score);
/// The same without the multipliers: `product` becomes B, `score` B².
void denseIterate(const Row &row, float *product, float *score);

/// T becomes P where `next` keeps the entry and ρP elsewhere, which equals V + ρ(B − D).
Change update(const Row &row, const std::uint64_t *next, const float *candidate, float penalty, float *state);

} // namespace nms::alps
