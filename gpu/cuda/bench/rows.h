// SPDX-License-Identifier: Apache-2.0
// The measurements, printed as a table or as one JSON object per line.
#pragma once

#include "core/methods/method.h"
#include "core/simd/weights_view.h"
#include "core/sparsity/nm_pattern.h"
#include "gpu/cuda/bench/machine.h"

#include <cstdint>
#include <optional>

namespace nms::warp::bench {

/// A matrix in device memory, solved by one launch.
struct SolveRow {
    NmPattern pattern;
    Method method = provingMethod();
    WeightType type = WeightType::F32;
    double seconds = 0; // median
    std::int64_t tiles = 0;
    std::int64_t bytes = 0; // weights read, mask and figures written
    double gapPercent = 0; // certified
    bool right = false; // the mask satisfies the pattern, and the figures match the scores
    std::optional<double> torchSeconds; // of the PyTorch peer for the same matrix
};

/// A whole matrix in host memory: copied, solved, and the mask copied back.
struct TransferRow {
    const char *memory = ""; // "pinned"
    std::int64_t bytes = 0;
    double linkSeconds = 0; // only to copy the same number of bytes from pinned memory, in large pieces
    double seconds = 0;
    bool right = false;
};

/// Many matrices of one size in pinned host memory, to masks in host memory.
struct ManyRow {
    int count = 0;
    std::int64_t side = 0;
    double separateSeconds = 0; // a call for each
    double seconds = 0; // one call for all
    bool right = false;
};

/// A layer pruned with the device, from host memory and back.
struct PruneRow {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    const char *framework = "";
    double gramSeconds = 0; // XᵀX of 4096 samples
    double seconds = 0; // pruning only
    double tileSeconds = 0; // spent choosing entries, included in `seconds`
    int steps = 0;
    double error = 0; // ‖XW − XŴ‖²/‖XW‖²
    bool right = false;
};

class Report
{
public:
    explicit Report(bool json) : m_json(json) { }

    void begin(const Machine &machine, std::int64_t side) const;
    void write(const SolveRow &row) const;
    void write(const TransferRow &row) const;
    void write(const ManyRow &row) const;
    void write(const PruneRow &row) const;

private:
    bool m_json;
};

} // namespace nms::warp::bench
