// SPDX-License-Identifier: Apache-2.0
// The paper's method in PyTorch, in a process of its own (torch_baseline.py).
#pragma once

#include "core/bench/contender.h"

#include <string>
#include <vector>

namespace nms::bench {

struct TorchSetup {
    std::string python; // the interpreter, looked up in PATH
    std::string script; // path of torch_baseline.py
    SolveOptions options; // τ, iterations, threads
    Clock clock = Clock::Wall; // on the CPU
};

/// On "cpu", "cuda" or "cuda:1". Errors as below.
Result<std::unique_ptr<Contender>> makeTorchContender(const TorchSetup &setup, const std::string &device,
                                                      const std::stop_token &stop);

/// One on the CPU, and one on the GPU where PyTorch has one. Nothing that the script reports is trusted except its clock,
/// and that only up to the time that passed here; its masks are judged like all others. Unsupported where PyTorch is not
/// installed for that interpreter or the script is missing, Io where the interpreter cannot be started or does not answer,
/// Cancelled when stopped.
Result<std::vector<std::unique_ptr<Contender>>> makeTorchContenders(const TorchSetup &setup, const std::stop_token &stop);

} // namespace nms::bench
