// SPDX-License-Identifier: Apache-2.0
// What every LinearAlgebra must do, and that layers pruned with it are those of the naive one, without a test framework:
// GoogleTest and the check program of gpu/cuda run the same.
#pragma once

#include "core/prune/layer_run.h"
#include "tests/backend/backend_text.h"

#include <span>

namespace nms::test {

struct AlgebraCase {
    const char *name; // an identifier
    void (*run)(PruneParts parts, Checks &checks);
};
std::span<const AlgebraCase> algebraCases();

/// Correlated inputs whose scales differ, and Gaussian weights: a small layer like those of models.
struct SampleLayer {
    Matrix<float> x; // samples × inputs
    Matrix<float> weights; // outputs × inputs
    Gram gram; // summed naively
};
SampleLayer sampleLayer(std::int64_t outputs, std::int64_t inputs, std::int64_t samples, unsigned seed);

} // namespace nms::test
