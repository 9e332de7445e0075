// SPDX-License-Identifier: Apache-2.0
// What was timed, as a table or as an object of JSON a line.
#pragma once

#include "core/methods/method.h"
#include "core/simd/weights_view.h"
#include "core/sparsity/nm_pattern.h"
#include "gpu/cuda/bench/machine.h"

#include <cstdint>
#include <optional>

namespace nms::warp::bench {

/// A matrix in the memory of the device, solved by one launch.
struct SolveRow {
    NmPattern pattern;
    Method method = provingMethod();
    WeightType type = WeightType::F32;
    double seconds = 0; // median
    std::int64_t tiles = 0;
    std::int64_t bytes = 0; // weights read, mask and figures written
    double gapPercent = 0; // certified
    bool right = false; // the mask keeps to the pattern, the figures are those of scores
    std::optional<double> torchSeconds; // of the PyTorch peer on the same matrix
};

/// A matrix in the memory of the host, whole: copied, solved, and the mask copied back.
struct TransferRow {
    const char *memory = ""; // "pinned"
    std::int64_t bytes = 0;
    double linkSeconds = 0; // to copy as many bytes from pinned memory, in large pieces, and nothing else
    double seconds = 0;
    bool right = false;
};

/// A layer pruned with the help of the device, from and to the memory of the host.
struct PruneRow {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    const char *framework = "";
    double gramSeconds = 0; // XᵀX of 4096 samples
    double seconds = 0; // pruning alone
    double tileSeconds = 0; // of them choosing entries
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
    void write(const PruneRow &row) const;

private:
    bool m_json;
};

} // namespace nms::warp::bench
