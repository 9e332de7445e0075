// SPDX-License-Identifier: Apache-2.0
// Checks what every LinearAlgebra must do, and that layers pruned with it equal those of the naive one. Needs no test
// framework: GoogleTest and the check program of gpu/cuda run the same cases.
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

/// A small layer like those of real models: correlated inputs of different scales, and Gaussian weights.
struct SampleLayer {
    Matrix<float> x; // samples × inputs
    Matrix<float> weights; // outputs × inputs
    Gram gram; // of x, summed naively
};
SampleLayer sampleLayer(std::int64_t outputs, std::int64_t inputs, std::int64_t samples, unsigned seed);

} // namespace nms::test
