// SPDX-License-Identifier: Apache-2.0
// What is measured from file to mask, and the figures.
#pragma once

#include "core/bench/machine.h"
#include "core/io/mask_facts.h"
#include "core/methods/solve_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nms::bench {

struct IoSetup {
    std::string file; // the weights
    std::string folder; // for outputs, which are removed
    SolveOptions options;
    MaskFormat format = MaskFormat::Packed; // or Bytes
    std::string extension = ".safetensors"; // of the masks' file, which determines its format
    std::int64_t memoryLimit = std::int64_t(2) << 30;
    int repetitions = 3; // medians are reported
};

/// One step, alone. Its processor time counts all threads, and that of child processes.
struct IoStep {
    std::string name; // "cat", "copy", "read", "checksum", "solve", "write", "whole"
    std::string what; // in words
    std::int64_t bytes = 0; // of the weights' file, read or processed; for "write": written
    double seconds = 0; // wall clock
    double processorSeconds = 0;
    std::string failure; // why it could not be measured

    double bytesPerSecond() const { return seconds > 0 ? double(bytes) / seconds : 0; }
};

struct IoResult {
    IoSetup setup;
    Machine machine;
    std::string backend; // description
    std::int64_t weights = 0; // of the tensors that are solved
    std::int64_t fileBytes = 0;
    std::int64_t mostResident = 0; // bytes: the largest resident memory of this process so far
    std::vector<IoStep> steps;

    const IoStep *step(std::string_view name) const;
    /// Processor time of the whole over that of solving alone; none where either was not measured.
    std::optional<double> overSolving() const;
};

} // namespace nms::bench
